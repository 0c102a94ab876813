// Everything that an instance has of the machine, counted: two of these before and after some work must be equal, else it leaks.
import fs from 'node:fs';
import path from 'node:path';
import { groupList } from './machine.mjs';
import { eventually } from './http.mjs';

const FOLDERS = ['sb', 'ctl', 'egress', 'box', 'runsc', 'vol', 'bell'];
const ID = /\b[a-z2-7]{26}\b/;

const read = (file) => {
	try {
		return fs.readFileSync(file, 'latin1');
	} catch {
		return '';
	}
};

const list = (folder) => {
	try {
		return fs.readdirSync(folder);
	} catch {
		return [];
	}
};

// What a program holds open, by kind. The store and the log are opened by each thread when it first needs them, and stay.
function descriptors(pid) {
	const kinds = {};
	for (const fd of list(`/proc/${pid}/fd`)) {
		let target;
		try {
			target = fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
		} catch {
			continue;
		}
		if (/carrel\.db|\.log$|^\/dev\/|\.sqlite/.test(target))
			continue;
		const kind = /^(socket|pipe|anon_inode):/.exec(target)?.[0] ? target.replace(/:\[\d+\]$/, '') : 'file';
		kinds[kind] = (kinds[kind] ?? 0) + 1;
	}
	return kinds;
}

export function census(carrel) {
	const members = carrel.note(), keep = members.find((p) => p.name === 'keep');
	if (!keep)
		throw new Error('no process called keep');
	const root = `/proc/${keep.pid}/root/run/carrel`, instance = read(`${root}/instance`).trim();
	const counts = {}, count = (what, by = 1) => { counts[what] = (counts[what] ?? 0) + by; };
	for (const p of members) {
		const name = /^[a-z]+[.a-z]*$/.test(p.name) ? p.name : path.basename(p.command[0] ?? p.name);
		count(`process ${name}`);
		if (!/^(node|make|sh|setpriv|exe|runsc)/.test(name))
			for (const [kind, n] of Object.entries(descriptors(p.pid)))
				count(`descriptors of ${name}: ${kind}`, n);
	}
	for (const line of read(`/proc/${keep.pid}/mountinfo`).split('\n'))
		if (line.includes('/run/carrel') || ID.test(line))
			count(`mount ${line.split(' ')[4].replace(ID, '{id}')}`);
	for (const group of groupList())
		if (group.includes(instance))
			count(`cgroup ${group.replace(instance, '{instance}').replace(ID, '{id}')}`);
	for (const name of list('/sys/block'))
		if (/^loop/.test(name) && read(`/sys/block/${name}/loop/backing_file`).includes(carrel.folder))
			count('loop device');
	for (const folder of FOLDERS)
		for (const name of list(path.join(root, folder)))
			count(`in ${folder}/: ${name.replace(ID, '{id}')}`);
	return counts;
}

// What is there more often than before, and programs of ours that are missing. Fewer is fine for the rest: a connection that was kept
// warm, a volume that stayed mounted for a minute, what runsc ("exe") was still at.
export function difference(before, after) {
	const found = [];
	for (const what of new Set([...Object.keys(before), ...Object.keys(after)])) {
		const was = before[what] ?? 0, now = after[what] ?? 0;
		if (now > was || (now < was && /^process (?!exe$)/.test(what)))
			found.push(`${what}: ${now}, was ${was}`);
	}
	return found;
}

// Resolves when nothing differs any more, else rejects with what does.
export function nothingLeaked(carrel, before, timeout = 30000) {
	return eventually('nothing leaked', () => {
		const found = difference(before, census(carrel));
		if (found.length)
			throw new Error(found.slice(0, 20).join('; '));
		return true;
	}, { timeout, every: 250 });
}
