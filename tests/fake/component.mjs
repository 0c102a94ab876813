// The components a fake model "writes". They are real: they compile, render and react. Every one keeps its words in
// `const label` and `const colour` lines, so that an edit block can find exactly one line to replace.

const quote = (text) => JSON.stringify(text).replace(/</g, '\\u003c');

export function counter({ label = 'Counter', colour = '#1c6a4f', comment = '' } = {}) {
	return `import { useState } from 'react';
${comment}
const label = ${quote(label)};
const colour = ${quote(colour)};

export default function LLMComponent() {
	const [count, setCount] = useState(0);
	return (
		<main className="min-h-screen grid place-items-center p-6">
			<section className="text-center">
				<h1 className="text-3xl" style={{ color: colour }}>{label}</h1>
				<p role="status">Count: {count}</p>
				<button type="button" className="rounded bg-black px-4 py-2 text-white"
					onClick={() => setCount(count + 1)}>Add one</button>
			</section>
		</main>
	);
}
`;
}

export function twoFiles({ label = 'Counter', colour = '#1c6a4f' } = {}) {
	const main = counter({ label, colour })
		.replace("import { useState } from 'react';", "import { useState } from 'react';\nimport Title from './parts/Title';")
		.replace(/<h1 .*<\/h1>/, '<Title colour={colour}>{label}</Title>');
	const title = `import type { ReactNode } from 'react';

export default function Title({ colour, children }: { colour: string; children: ReactNode }) {
	return <h1 className="text-3xl" style={{ color: colour }}>{children}</h1>;
}
`;
	return { 'src/LLMComponent.tsx': main, 'src/parts/Title.tsx': title };
}

export const broken = {
	'broken': (look) => counter(look).replace('{label}</h1>', '{label</h1>'),
	'missing-export': (look) => counter(look)
		.replace("from 'react';", "from 'react';\nimport { NoSuchIconAnywhere } from 'lucide-react';")
		.replace('{label}</h1>', '<NoSuchIconAnywhere /> {label}</h1>'),
	'missing-package': (look) => counter(look)
		.replace("from 'react';", "from 'react';\nimport nothing from 'carrel-no-such-package';")
		.replace('{label}</h1>', '{String(nothing)} {label}</h1>'),
	'missing-sibling': (look) => counter(look)
		.replace("from 'react';", "from 'react';\nimport Gone from './parts/Gone';")
		.replace('{label}</h1>', '<Gone /> {label}</h1>'),
	'no-default': (look) => counter(look).replace('export default function', 'export function'),
};

// Compiles, and then throws while it renders: only the browser can find out.
export const crash = (look) => counter(look).replace('	return (',
	"	if (count >= 0)\n		throw new Error('the kettle is empty');\n	return (");

export const fileBlocks = (files) => Object.entries(files)
	.map(([path, text]) => `<file path="${path}">\n${text}</file>`).join('\n\n');

export function editBlock(path, pairs) {
	const hunks = pairs.map(([search, replace]) =>
		`<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE`);
	return `<edit path="${path}">\n${hunks.join('\n')}\n</edit>`;
}

// The line `const NAME = …;` as it stands in the newest source that the conversation shows.
export function lineOf(conversation, name) {
	const found = conversation.match(new RegExp(`^const ${name} = .*;$`, 'gm'));
	return found ? found[found.length - 1] : null;
}

export const constant = (name, value) => `const ${name} = ${quote(value)};`;
