// A wheel of pure Python for the fake index: a zip file, stored, as uv installs it.

function crc32(bytes) {
	let sum = ~0;
	for (const byte of bytes) {
		sum ^= byte;
		for (let i = 0; i < 8; i++)
			sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
	}
	return ~sum >>> 0;
}

function zip(files) {
	const parts = [], list = [];
	let at = 0;
	for (const [name, text] of files) {
		const bytes = Buffer.from(text), path = Buffer.from(name), common = Buffer.alloc(26);
		common.writeUInt16LE(20, 0);
		common.writeUInt16LE(0x21, 8);	// 1 January 1980
		common.writeUInt32LE(crc32(bytes), 10);
		common.writeUInt32LE(bytes.length, 14);
		common.writeUInt32LE(bytes.length, 18);
		common.writeUInt16LE(path.length, 22);
		parts.push(Buffer.from('PK\x03\x04'), common, path, bytes);
		const tail = Buffer.alloc(14);
		tail.writeUInt32LE(at, 10);
		list.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, path);
		at += 30 + path.length + bytes.length;
	}
	const size = list.reduce((sum, part) => sum + part.length, 0), end = Buffer.alloc(18);
	end.writeUInt16LE(files.length, 4);
	end.writeUInt16LE(files.length, 6);
	end.writeUInt32LE(size, 8);
	end.writeUInt32LE(at, 12);
	return Buffer.concat([...parts, ...list, Buffer.from('PK\x05\x06'), end]);
}

// What `packages` of the fake index takes: one file, whose module is called as the package is.
export function wheel(name, version, code) {
	const module = name.replaceAll('-', '_'), info = `${module}-${version}.dist-info`;
	const metadata = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
	const bytes = zip([[`${module}.py`, code], [`${info}/METADATA`, metadata],
		[`${info}/WHEEL`, 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'],
		[`${info}/RECORD`, `${module}.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`]]);
	return { name: `${module}-${version}-py3-none-any.whl`, bytes };
}
