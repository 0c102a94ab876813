// A WebSocket client of exactly the size the tests need: it shows the handshake's answer and chooses every header itself.
import crypto from 'node:crypto';
import http from 'node:http';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

// Resolves to { status, socket } where socket is null unless the upgrade was granted.
export function open(port, path, { host, origin, protocol = 'vite-hmr', headers = {} } = {}) {
	const key = crypto.randomBytes(16).toString('base64');
	return new Promise((resolve, reject) => {
		const asked = http.request({ host: '127.0.0.1', port, path, agent: false, setHost: false, headers: {
			host, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key,
			...(protocol ? { 'sec-websocket-protocol': protocol } : {}), ...(origin ? { origin } : {}), ...headers } });
		asked.setTimeout(30000, () => asked.destroy(new Error('no answer to the upgrade')));
		asked.on('error', reject);
		asked.on('response', (reply) => { reply.resume(); resolve({ status: reply.statusCode, socket: null }); });
		asked.on('upgrade', (reply, socket, head) => {
			socket.setTimeout(0);
			const accept = crypto.createHash('sha1').update(key + GUID).digest('base64');
			if (reply.headers['sec-websocket-accept'] !== accept)
				return reject(new Error('a wrong Sec-WebSocket-Accept'));
			resolve({ status: 101, headers: reply.headers, socket: wrap(socket, head) });
		});
		asked.end();
	});
}

function frame(opcode, payload) {
	const mask = crypto.randomBytes(4);
	const head = payload.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
		: Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255]);
	return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i & 3])]);
}

function wrap(socket, head) {
	const messages = [];
	const waiting = new Set();
	const state = { messages, closed: false };
	let rest = Buffer.from(head);
	const wake = () => waiting.forEach((check) => check());
	const take = () => {
		for (;;) {
			if (rest.length < 2)
				return;
			const opcode = rest[0] & 15;
			let size = rest[1] & 127, at = 2;
			if (size === 126) {
				if (rest.length < 4)
					return;
				size = rest.readUInt16BE(2);
				at = 4;
			} else if (size === 127) {
				if (rest.length < 10)
					return;
				size = Number(rest.readBigUInt64BE(2));
				at = 10;
			}
			if (rest.length < at + size)
				return;
			const payload = rest.subarray(at, at + size);
			rest = rest.subarray(at + size);
			if (opcode === 9)
				socket.write(frame(10, payload));
			else if (opcode === 1) {
				const text = payload.toString();
				try {
					messages.push(JSON.parse(text));
				} catch {
					messages.push(text);
				}
			}
		}
	};
	socket.on('data', (part) => { rest = Buffer.concat([rest, part]); take(); wake(); });
	const closed = () => { state.closed = true; wake(); };
	socket.on('close', closed);
	socket.on('end', () => { socket.end(); closed(); });
	socket.on('error', closed);
	take();
	state.send = (value) => socket.write(frame(1, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))));
	state.close = () => socket.destroy();
	state.until = (wanted, timeout = 30000) => new Promise((resolve, reject) => {
		const settle = (how, value) => { clearTimeout(timer); waiting.delete(check); how(value); };
		const timer = setTimeout(() => settle(reject, new Error(`no such message within ${timeout} ms; got ${JSON.stringify(messages).slice(0, 500)}`)), timeout);
		const check = () => {
			const found = messages.find(wanted);
			if (found)
				settle(resolve, found);
			else if (state.closed)
				settle(reject, new Error(`closed before it; got ${JSON.stringify(messages).slice(0, 500)}`));
		};
		waiting.add(check);
		check();
	});
	return state;
}
