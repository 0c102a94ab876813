// The code tab's viewer, fetched only when the tab is opened: CodeMirror, read-only.
import { EditorState } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { defaultKeymap } from '@codemirror/commands';
import { HighlightStyle, bracketMatching, codeFolding, foldGutter, foldKeymap, syntaxHighlighting } from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { javascript } from '@codemirror/lang-javascript';
import { css } from '@codemirror/lang-css';
import { tags as t } from '@lezer/highlight';

const languages = {
	tsx: () => javascript({ jsx: true, typescript: true }),
	ts: () => javascript({ typescript: true }),
	css,
};

const colours = HighlightStyle.define([
	{ tag: [t.keyword, t.modifier, t.operatorKeyword, t.controlKeyword], color: 'var(--code-key)' },
	{ tag: [t.string, t.special(t.string), t.regexp], color: 'var(--code-text)' },
	{ tag: [t.number, t.bool, t.null, t.atom, t.unit, t.color], color: 'var(--code-value)' },
	{ tag: [t.comment], color: 'var(--soft)', fontStyle: 'italic' },
	{ tag: [t.tagName, t.typeName, t.className, t.angleBracket], color: 'var(--code-type)' },
	{ tag: [t.attributeName, t.propertyName], color: 'var(--code-name)' },
	{ tag: [t.function(t.variableName), t.function(t.propertyName)], color: 'var(--code-call)' },
]);

const look = EditorView.theme({
	'&': { height: '100%', color: 'var(--ink)', backgroundColor: 'transparent', fontSize: '13px' },
	'&.cm-focused': { outline: 'none' },
	'.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6', fontVariantLigatures: 'none' },
	'.cm-content': { padding: '12px 0' },
	'.cm-line': { padding: '0 20px 0 8px' },
	'.cm-gutters': { color: 'var(--soft)', backgroundColor: 'var(--leaf)', border: '0', paddingLeft: '8px' },
	'.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
	'&.cm-focused .cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--wash) 60%, transparent)' },
	'.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground':
		{ backgroundColor: 'light-dark(#cfe4da, #2d4a3d)' },
	'.cm-foldPlaceholder': { border: '0', background: 'var(--wash)', color: 'var(--lamp)', padding: '0 6px' },
	'.cm-panels': { backgroundColor: 'var(--paper)', color: 'var(--ink)', borderColor: 'var(--line)' },
	'.cm-panel.cm-search': { padding: '8px 12px', fontFamily: 'var(--sans)', fontSize: '13px' },
	'.cm-textfield, .cm-button': { border: '1px solid var(--line)', borderRadius: '6px', background: 'var(--leaf)', color: 'inherit', padding: '3px 8px' },
	'.cm-searchMatch': { backgroundColor: 'var(--brass-wash)', outline: '1px solid var(--brass)' },
});

// In a shadow root CodeMirror brings its rules as a constructed style sheet, which style-src 'self' allows;
// in the document it would add a style element, which it does not.
export function show(place, text, language) {
	const host = document.createElement('div');
	host.className = 'viewer';
	const root = host.attachShadow({ mode: 'open' });
	place.replaceChildren(host);
	new EditorView({
		root,
		parent: root,
		state: EditorState.create({
			doc: text,
			extensions: [
				EditorState.readOnly.of(true),
				EditorView.contentAttributes.of({ 'aria-label': 'Source', tabindex: '0' }),
				lineNumbers(), codeFolding(), foldGutter(), drawSelection(), bracketMatching(),
				highlightActiveLine(), highlightSelectionMatches(), EditorView.lineWrapping,
				keymap.of([...defaultKeymap, ...searchKeymap, ...foldKeymap]),
				syntaxHighlighting(colours), look, (languages[language] || (() => []))(),
			],
		}),
	});
}
