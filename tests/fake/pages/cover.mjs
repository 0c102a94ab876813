// The cover of an app, drawn from its id: the recipe that the C side follows, and the one behind covers.json.
// Only integers, no hashing: v[i] is the value 0..31 of the id's i-th character (a=0 … z=25, 2=26 … 7=31).
// A picture is 250 x 150. Colours are not in it: class "tN" of the svg chooses one of eight palettes in
// main.css, and a shape is p(ale), m(iddle) or d(eep), so that covers follow light and dark by themselves.
const tints = ['p', 'm', 'd'];
const rect = (c, x, y, w, h, r) => `<rect class="${c}" x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}"/>`;
const disc = (c, x, y, r) => `<circle class="${c}" cx="${x}" cy="${y}" r="${r}"/>`;

// Books on a board.
function shelf(v) {
	let s = '', x = 27;
	for (let i = 2; i < 25; i += 2) {
		const w = 9 + v[i] % 4 * 5, h = 42 + v[i + 1] % 8 * 7;
		if (x + w > 222)
			break;
		s += rect(tints[(v[i] + v[i + 1]) % 3], x, 122 - h, w, h, 2);
		x += w + (v[i] % 5 === 0 ? 12 : 3);
	}
	return s + rect('d', 19, 122, 212, 3, 1);
}

// Rings of light around a lamp.
function rings(v) {
	const x = 65 + v[2] * 4, y = 45 + v[3] * 2;
	return disc('p', x, y, 96 + v[4]) + disc('m', x, y, 52 + v[5]) + disc('d', x, y, 14 + v[6] / 2 | 0);
}

// Five by three tiles, each a quarter disc in one of its corners, or empty.
function tiles(v) {
	let s = '';
	for (let i = 0; i < 15; i++) {
		const a = v[2 + i], x = i % 5 * 50, y = (i / 5 | 0) * 50;
		const from = [[x, y, 50, 0], [x + 50, y, 0, 50], [x + 50, y + 50, -50, 0], [x, y + 50, 0, -50]][a % 4];
		const [cx, cy, dx, dy] = from;
		if (a < 6)
			continue;
		s += `<path class="${tints[(a >> 2) % 3]}" d="M${cx} ${cy}l${dx} ${dy}a50 50 0 0 1 ${-dx - dy} ${dx - dy}z"/>`;
	}
	return s;
}

// A sheet of paper with lines on it, another one behind.
function sheet(v) {
	const x = 60 + v[2] % 8 * 4;
	let s = rect('p', x + 18, 20 + v[3] % 8, 112, 160, 5) + rect('leaf', x, 32, 112, 150, 5) +
		rect('d', x + 14, 48, 30 + v[4], 8, 2);
	for (let i = 0; i < 6; i++)
		s += rect(v[5 + i] > 27 ? 'm' : 'p', x + 14, 70 + i * 14, 44 + v[5 + i] % 20 * 2, 4, 2);
	return s;
}

// Hills, and a sun or moon above them.
function hills(v) {
	return disc('m', 40 + v[2] * 5, 34 + v[3] % 16, 12 + v[4] % 8) + disc('p', 20 + v[5] * 3, 190, 96 + v[6]) +
		disc('m', 130 + v[7] * 4, 210, 90 + v[8]) + disc('d', v[9] * 8, 236, 96 + v[10]);
}

export function cover(id) {
	const v = [...id].map(c => 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(c));
	const draw = [shelf, rings, tiles, sheet, hills][v[1] % 5];
	return `<svg class="cover t${v[0] % 8}" viewBox="0 0 250 150" preserveAspectRatio="xMidYMid slice" aria-hidden="true">${draw(v)}</svg>`;
}
