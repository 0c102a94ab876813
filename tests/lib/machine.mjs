// What a running Carrel occupies on the machine, read from /proc and /sys, so that a test can tell whether all of it went
// away. Everything is found from the instance itself: others may run on the same machine at the same time.
import fs from 'node:fs';
import path from 'node:path';

const read = (file) => {
	try {
		return fs.readFileSync(file, 'latin1');
	} catch {
		return '';
	}
};

function stat(pid) {
	const text = read(`/proc/${pid}/stat`);
	const at = text.lastIndexOf(')');
	if (at < 0)
		return null;
	const fields = text.slice(at + 2).split(' ');
	return { pid, name: text.slice(text.indexOf('(') + 1, at), state: fields[0], parent: Number(fields[1]), start: fields[19] };
}

export const processes = () => fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n)).map((n) => stat(Number(n))).filter(Boolean);

// A process is itself only as long as its start time is the same: ids are reused.
export const alive = ({ pid, start }) => {
	const now = stat(pid);
	return now !== null && now.start === start && now.state !== 'Z';
};

// The paths below each hierarchy's top that a process is in; the tops themselves are nobody's.
const groupsOf = (pid) => new Set([...read(`/proc/${pid}/cgroup`).matchAll(/^\d+:[^:]*:(\/.+)$/gm)].map((m) => m[1]));

const TOP = '/sys/fs/cgroup';
const hierarchies = () => fs.existsSync(`${TOP}/cgroup.controllers`) ? [TOP]
	: fs.readdirSync(TOP, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => path.join(TOP, e.name));

function groupsBelow(base, at, found) {
	let entries = [];
	try {
		entries = fs.readdirSync(path.join(base, at), { withFileTypes: true }).filter((e) => e.isDirectory());
	} catch { /* it went while we looked */ }
	for (const entry of entries) {
		found.add(`${at}/${entry.name}`);
		groupsBelow(base, `${at}/${entry.name}`, found);
	}
	return found;
}

// Every control group there is, as paths below the hierarchies' tops.
export const groupList = () => hierarchies().reduce((found, base) => groupsBelow(base, '', found), new Set());

// All descendants of a process, and all members of the control groups that were made for them: `before` holds the groups
// that were there when it started, which belong to somebody else.
export function family(root, before) {
	const all = processes();
	const children = new Map();
	for (const p of all)
		children.set(p.parent, [...(children.get(p.parent) ?? []), p]);
	const found = new Map();
	const visit = (p) => {
		if (found.has(p.pid))
			return;
		found.set(p.pid, { ...p, command: read(`/proc/${p.pid}/cmdline`).split('\0').filter(Boolean), groups: [...groupsOf(p.pid)] });
		for (const child of children.get(p.pid) ?? [])
			visit(child);
	};
	all.filter((p) => p.pid === root).forEach(visit);
	const groups = new Set([...found.values()].flatMap((p) => p.groups).filter((g) => !before.has(g)));
	for (const p of all)
		if ([...groupsOf(p.pid)].some((g) => groups.has(g)))
			visit(p);
	return { members: [...found.values()], groups: [...groups] };
}

// The folders of a group and of those it is in, but not of the outermost: several instances may share that.
function groupFolders(group) {
	const parts = group.split('/');
	const paths = parts.map((_, i) => parts.slice(0, i + 1).join('/')).slice(2);
	return hierarchies().flatMap((base) => paths.map((at) => base + at)).filter((f) => fs.existsSync(f));
}

function sockets(folder, found = []) {
	for (const entry of fs.existsSync(folder) ? fs.readdirSync(folder, { withFileTypes: true }) : []) {
		const at = path.join(folder, entry.name);
		if (entry.isSocket())
			found.push(at);
		else if (entry.isDirectory())
			sockets(at, found);
	}
	return found;
}

const mountsNaming = (folder) => read('/proc/self/mountinfo').split('\n').filter((line) => line.includes(folder));

function loopsOn(folder) {
	return fs.readdirSync('/sys/block').filter((n) => n.startsWith('loop'))
		.filter((n) => read(`/sys/block/${n}/loop/backing_file`).includes(folder));
}

// Everything of an instance that is still there: an empty list is what a test wants after a stop.
export function leftovers({ members, groups }, folder) {
	return [
		...members.filter(alive).map((p) => `process ${p.pid} ${p.command.join(' ').slice(0, 80)}`),
		...new Set(groups.flatMap(groupFolders).map((f) => `cgroup ${f}`)),
		...mountsNaming(folder).map((line) => `mount ${line}`),
		...mountsNaming('/run/carrel').map((line) => `mount outside the private namespace ${line}`),
		...loopsOn(folder).map((n) => `loop device ${n}`),
		...sockets(folder).map((f) => `socket ${f}`),
	];
}

export function pssBytes(pid) {
	return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
}

export const environmentOf = (pid) => read(`/proc/${pid}/environ`).split('\0').filter(Boolean);
