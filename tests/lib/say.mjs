// Assertions that many suites share.
import assert from 'node:assert/strict';

// An error as DESIGN §9 wants it: the status (or one of several), a sentence, a request id, and the field where one is at fault.
export function assertError(reply, statuses, { field, what = '' } = {}) {
	const list = [statuses].flat();
	assert.ok(list.includes(reply.status), `${what} answered ${reply.status}, not ${list.join(' or ')}: ${reply.text.slice(0, 300)}`);
	assert.match(reply.headers['content-type'] ?? '', /^application\/json/, `${what}: the error is not JSON`);
	const body = reply.json;
	assert.equal(typeof body.detail, 'string', `${what}: no detail`);
	assert.ok(body.detail.length > 3 && body.detail.length < 1000, `${what}: odd detail ${JSON.stringify(body.detail)}`);
	assert.equal(typeof body.request_id, 'string', `${what}: no request_id`);
	if (field)
		assert.equal(body.field, field, `${what}: names the field ${JSON.stringify(body.field)}`);
	return body;
}

export function assertJson(reply, status = 200) {
	assert.equal(reply.status, status, reply.text.slice(0, 500));
	assert.match(reply.headers['content-type'] ?? '', /^application\/json/);
	return reply.json;
}

export function assertHtml(reply, status = 200) {
	assert.equal(reply.status, status, reply.text.slice(0, 500));
	assert.match(reply.headers['content-type'] ?? '', /^text\/html; ?charset=utf-8/i);
	assert.match(reply.text, /^<!doctype html>/i);
	return reply.text;
}

export const HTML = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
