// Turns a plan into the bytes of either service. Each dialect yields whole events; `pour` decides how they hit the wire.

const usageOf = (request, text) => ({ input: Math.ceil(JSON.stringify(request).length / 4), output: Math.ceil(text.length / 4) + 1 });

function tokens(text, huge) {
	if (huge)
		return [text];
	return text.match(/[\s\S]{1,12}(?![\udc00-\udfff])/g) ?? [];
}

const thoughts = ['The person wants ', 'something small. ', '<file path="src/LLMComponent.tsx">not this</file> ', 'Good.'];

export function* anthropic(plan, request, id) {
	const usage = usageOf(request, plan.text);
	const event = (type, fields) => ({ name: type, data: { type, ...fields } });
	let index = 0;
	yield event('message_start', { message: { id, type: 'message', role: 'assistant', model: request.model, content: [],
		stop_reason: null, stop_sequence: null, usage: { input_tokens: usage.input, cache_creation_input_tokens: 0,
			cache_read_input_tokens: 0, output_tokens: 1 } } });
	if (plan.ping)
		yield event('ping', {});
	if (plan.unknown)
		yield event('future_event', { note: { text: 'must be ignored' } });
	if (plan.thinking) {
		yield event('content_block_start', { index, content_block: { type: 'thinking', thinking: '', signature: '' } });
		for (const thinking of thoughts)
			yield event('content_block_delta', { index, delta: { type: 'thinking_delta', thinking } });
		yield event('content_block_delta', { index, delta: { type: 'signature_delta', signature: 'c2lnbmVk' } });
		yield event('content_block_stop', { index });
		index++;
	}
	if (plan.stop === 'tool_use') {
		yield event('content_block_start', { index, content_block: { type: 'tool_use', id: 'toolu_1', name: 'run', input: {} } });
		yield event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } });
		yield event('content_block_stop', { index });
	} else {
		yield event('content_block_start', { index, content_block: { type: 'text', text: '' } });
		for (const text of tokens(plan.stop === 'refusal' ? 'I cannot help with that.' : plan.text, plan.huge)) {
			yield { ...event('content_block_delta', { index, delta: { type: 'text_delta', text } }), token: true };
			if (plan.ping)
				yield event('ping', {});
			if (plan.unknown)
				yield event('content_block_delta', { index, delta: { type: 'future_delta', text: 'must be ignored' } });
		}
		yield event('content_block_stop', { index });
	}
	yield event('message_delta', { delta: { stop_reason: plan.stop, stop_sequence: null },
		usage: { output_tokens: usage.output } });
	if (plan.done)
		yield event('message_stop', {});
}

const FINISH = { end_turn: 'stop', max_tokens: 'length', refusal: 'content_filter', tool_use: 'tool_calls' };

export function* openai(plan, request, id) {
	const usage = usageOf(request, plan.text);
	const withUsage = request.stream_options?.include_usage;
	const chunk = (delta, finish = null) => ({ data: { id, object: 'chat.completion.chunk', created: 1790000000,
		model: request.model, choices: [{ index: 0, delta, finish_reason: finish }], ...(withUsage ? { usage: null } : {}) } });
	if (plan.ping)
		yield { comment: 'PROCESSING' };
	yield chunk({ role: 'assistant', content: '' });
	if (plan.thinking)
		for (const reasoning_content of thoughts)
			yield chunk({ reasoning_content });
	if (plan.unknown)
		yield { data: { object: 'future.chunk', note: 'must be ignored', choices: [] } };
	if (plan.stop === 'refusal')
		yield chunk({ refusal: 'I cannot help with that.' });
	else if (plan.stop === 'tool_use')
		yield chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'run', arguments: '{}' } }] });
	else
		for (const content of tokens(plan.text, plan.huge)) {
			yield { ...chunk({ content }), token: true };
			if (plan.ping)
				yield { comment: 'PROCESSING' };
		}
	yield chunk({}, FINISH[plan.stop]);
	if (withUsage)
		yield { data: { ...chunk({}).data, choices: [], usage: { prompt_tokens: usage.input, completion_tokens: usage.output,
			total_tokens: usage.input + usage.output } } };
	if (plan.done)
		yield { data: '[DONE]' };
}

function bytesOf(event, eol) {
	if (event.comment)
		return Buffer.from(`: ${event.comment}${eol}${eol}`);
	const data = typeof event.data === 'string' ? event.data : JSON.stringify(event.data);
	return Buffer.from(`${event.name ? `event: ${event.name}${eol}` : ''}data: ${data}${eol}${eol}`);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Cuts inside every character that has more than one byte, and lets the halves travel in separate packets.
async function writeSplit(reply, bytes) {
	let from = 0;
	for (let i = 1; i < bytes.length; i++)
		if ((bytes[i] & 0xc0) === 0x80) {
			reply.write(bytes.subarray(from, i));
			from = i;
			await pause(1);
		}
	reply.write(bytes.subarray(from));
	await pause(1);
}

function errorEvent(dialect) {
	const error = { type: 'overloaded_error', message: 'Overloaded' };
	return dialect === 'anthropic' ? { name: 'error', data: { type: 'error', error } }
		: { data: { error: { message: 'Overloaded', type: 'server_error', code: 503 } } };
}

// gate(name) resolves when a test releases that name. `gone()` tells that the client has hung up.
export async function pour(reply, dialect, events, plan, { gate, gone }) {
	const list = [...events];
	const spoken = list.filter((e) => e.token).length;
	const middle = Math.ceil(spoken / 2);
	let said = 0;
	for (const event of list) {
		if (gone())
			return 'aborted';
		const bytes = bytesOf(event, plan.eol);
		if (plan.split)
			await writeSplit(reply, bytes);
		else if (!reply.write(bytes))
			await Promise.race([new Promise((r) => reply.once('drain', r)), new Promise((r) => reply.once('close', r))]);
		if (!event.token)
			continue;
		if (plan.delay)
			await pause(plan.delay);
		if (++said !== middle)
			continue;
		if (plan.hold !== undefined)
			await gate(plan.hold);
		const ended = await breakOff(reply, dialect, plan, gone);
		if (ended)
			return ended;
	}
	reply.end();
	await turn();
	return gone() ? 'aborted' : 'finished';
}

async function breakOff(reply, dialect, plan, gone) {
	switch (plan.fault) {
	case 'cut':
		await pause(5);
		reply.socket.destroy();
		return 'cut';
	case 'stall':
		await new Promise((resolve) => gone() ? resolve() : reply.once('close', resolve));
		return 'aborted';
	case 'error-after-200':
		reply.end(bytesOf(errorEvent(dialect), plan.eol));
		return 'error';
	case 'bad-json':
		reply.write(`data: {"type":"content_block_delta",${plan.eol}${plan.eol}`);
		return null;
	case 'bad-utf8':
		reply.write(Buffer.concat([Buffer.from('data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"'),
			Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(`"}}${plan.eol}${plan.eol}`)]));
		return null;
	default:
		return null;
	}
}

export function whole(dialect, plan, request, id) {
	const usage = usageOf(request, plan.text);
	if (dialect === 'anthropic')
		return { id, type: 'message', role: 'assistant', model: request.model, content: [{ type: 'text', text: plan.text }],
			stop_reason: plan.stop, stop_sequence: null, usage: { input_tokens: usage.input, output_tokens: usage.output } };
	return { id, object: 'chat.completion', created: 1790000000, model: request.model,
		choices: [{ index: 0, message: { role: 'assistant', content: plan.text }, finish_reason: FINISH[plan.stop] }],
		usage: { prompt_tokens: usage.input, completion_tokens: usage.output, total_tokens: usage.input + usage.output } };
}
