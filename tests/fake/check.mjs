// Judges a request as the real services would: null when it is acceptable, else { status, type, message, param? }.

export const ANTHROPIC_MODELS = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-opus-5', 'claude-sonnet-5', 'claude-opus-4-8',
	'claude-sonnet-4-6', 'claude-haiku-4-5'];
// The first one is what a local server would list; the gpt and o names bring OpenAI's own strictness with them.
export const OPENAI_MODELS = ['local-coder', 'gpt-5.1', 'o4-mini', 'old-local'];

const bad = (message, param) => ({ status: 400, type: 'invalid_request_error', message, param });
const IMAGES = { 'image/jpeg': 'ffd8ff', 'image/png': '89504e47', 'image/gif': '474946', 'image/webp': '52494646' };

function image(media, base64, where) {
	if (!(media in IMAGES))
		return bad(`${where}.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`);
	if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4)
		return bad(`${where}.data: invalid base64 data`);
	const bytes = Buffer.from(base64, 'base64');
	if (!bytes.toString('hex').startsWith(IMAGES[media]))
		return bad(`${where}: the image does not look like ${media}`);
	if (base64.length > 5 * 1024 * 1024 * 4 / 3)
		return bad(`${where}: image exceeds 5 MB maximum`);
	return null;
}

function blocks(content, where, kinds) {
	if (typeof content === 'string')
		return content.trim() ? null : bad(`${where}: text content must be non-empty`);
	if (!Array.isArray(content) || !content.length)
		return bad(`${where}: must be a string or a non-empty list`);
	for (const [i, block] of content.entries()) {
		const at = `${where}.${i}`;
		if (!(block?.type in kinds))
			return bad(`${at}.type: unexpected '${block?.type}'`);
		const wrong = kinds[block.type](block, at);
		if (wrong)
			return wrong;
	}
	return null;
}

const text = (block, at) => typeof block.text === 'string' && block.text.trim() ? null
	: bad(`${at}: text content blocks must be non-empty`);

const ANTHROPIC_BLOCKS = {
	text,
	image: (block, at) => block.source?.type === 'base64' ? image(block.source.media_type, block.source.data, `${at}.source`)
		: bad(`${at}.source.type: only base64 is understood here`),
};
const ANTHROPIC_FIELDS = new Set(['model', 'max_tokens', 'messages', 'system', 'stream', 'stop_sequences', 'metadata', 'tools',
	'tool_choice', 'thinking', 'output_config', 'cache_control', 'service_tier', 'temperature', 'top_p', 'top_k']);

function anthropicModel(body) {
	const modern = /^claude-(opus|sonnet|fable|mythos)-5|-4-[78]$/.test(body.model);
	for (const name of ['temperature', 'top_p', 'top_k'])
		if (modern && name in body)
			return bad(`${name}: not supported for this model`);
	if (modern && body.thinking && 'budget_tokens' in body.thinking)
		return bad('thinking.budget_tokens: not supported for this model');
	if (/sonnet-5-5$/.test(body.model) && body.thinking?.type === 'disabled')
		return bad('thinking.type: "disabled" is not supported for this model');
	if (body.messages[body.messages.length - 1].role !== 'user')
		return bad('messages: the conversation must end with a user message');
	return null;
}

export function anthropic(headers, body) {
	if (!headers['x-api-key'] && !/^Bearer .+/.test(headers.authorization ?? ''))
		return { status: 401, type: 'authentication_error', message: 'x-api-key header is required' };
	if (/wrong/.test(headers['x-api-key'] ?? headers.authorization))
		return { status: 401, type: 'authentication_error', message: 'invalid x-api-key' };
	if (headers['anthropic-version'] !== '2023-06-01')
		return bad('anthropic-version: header is required');
	if (!/^application\/json\b/.test(headers['content-type'] ?? ''))
		return bad('content-type: must be application/json');
	if (body === undefined || typeof body !== 'object' || body === null || Array.isArray(body))
		return bad('The request body is not valid JSON');
	for (const name of Object.keys(body))
		if (!ANTHROPIC_FIELDS.has(name))
			return bad(`${name}: Extra inputs are not permitted`);
	if (typeof body.model !== 'string')
		return bad('model: Field required');
	if (!ANTHROPIC_MODELS.includes(body.model))
		return { status: 404, type: 'not_found_error', message: `model: ${body.model}` };
	if (!Number.isInteger(body.max_tokens))
		return bad('max_tokens: Field required');
	if (body.max_tokens < 1 || body.max_tokens > 128000)
		return bad(`max_tokens: ${body.max_tokens} is outside 1 to 128000`);
	if (!Array.isArray(body.messages) || !body.messages.length)
		return bad('messages: at least one message is required');
	for (const [i, message] of body.messages.entries()) {
		if (message.role !== 'user' && message.role !== 'assistant')
			return bad(`messages.${i}.role: Input should be 'user' or 'assistant'`);
		const wrong = blocks(message.content, `messages.${i}.content`, ANTHROPIC_BLOCKS);
		if (wrong)
			return wrong;
	}
	if (body.messages[0].role !== 'user')
		return bad('messages: first message must use the "user" role');
	if (body.system !== undefined) {
		const wrong = blocks(body.system, 'system', { text });
		if (wrong)
			return wrong;
	}
	if ((JSON.stringify(body).match(/"cache_control"/g) ?? []).length > 4)
		return bad('cache_control: at most 4 breakpoints are allowed');
	return anthropicModel(body);
}

const OPENAI_BLOCKS = {
	text,
	image_url: (block, at) => {
		const parts = /^data:([a-z/+.-]+);base64,(.*)$/.exec(block.image_url?.url ?? '');
		return parts ? image(parts[1], parts[2], `${at}.image_url`) : bad(`${at}.image_url.url: not a data address`);
	},
};

export function openai(headers, body) {
	const key = headers.authorization;
	if (key !== undefined && (!/^Bearer \S+$/.test(key) || /wrong/.test(key)))
		return { status: 401, type: 'invalid_request_error', message: 'Incorrect API key provided', code: 'invalid_api_key' };
	if (!/^application\/json\b/.test(headers['content-type'] ?? ''))
		return bad('content-type must be application/json');
	if (body === undefined || typeof body !== 'object' || body === null || Array.isArray(body))
		return bad('We could not parse the JSON body of your request.');
	if (!OPENAI_MODELS.includes(body.model))
		return { status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model',
			message: `The model '${body.model}' does not exist` };
	if (!Array.isArray(body.messages) || !body.messages.length)
		return bad("'messages' must not be empty", 'messages');
	for (const [i, message] of body.messages.entries()) {
		if (!['system', 'developer', 'user', 'assistant'].includes(message.role))
			return bad(`Invalid value: '${message.role}'`, `messages[${i}].role`);
		const wrong = blocks(message.content, `messages[${i}].content`, OPENAI_BLOCKS);
		if (wrong)
			return { ...wrong, param: `messages[${i}].content` };
	}
	if (body.messages[body.messages.length - 1].role !== 'user')
		return bad('the last message must come from the user', 'messages');
	if (body.stream_options && !body.stream)
		return bad("'stream_options' is only allowed with 'stream'", 'stream_options');
	if (/^(o\d|gpt-5)/.test(body.model)) {
		if ('max_tokens' in body)
			return bad("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", 'max_tokens');
		if ('temperature' in body && body.temperature !== 1)
			return bad("Unsupported value: 'temperature'", 'temperature');
	}
	if (body.model === 'old-local')
		for (const name of ['stream_options', 'max_completion_tokens', 'reasoning_effort'])
			if (name in body)
				return bad(`unknown field: ${name}`, name);
	return null;
}
