// A line protocol on a unix socket: each line is a request, each answer is
// one line of JSON, in order, one at a time per connection. An answer of bytes
// is sent as their number (u32, little endian) and the bytes.
import { createServer } from 'node:net'
import { rmSync } from 'node:fs'

const longestLine = 4096

/** Serves `answer(line)`, async, an object or a buffer, at `path`. */
export function serveLines(path, answer) {
  rmSync(path, { force: true })
  const server = createServer((socket) => {
    let pending = ''
    let work = Promise.resolve()
    let waiting = 0

    const reply = (object) => {
      if (!socket.writable) return
      if (!Buffer.isBuffer(object)) {
        socket.write(`${JSON.stringify(object)}\n`)
        return
      }
      const length = Buffer.alloc(4)
      length.writeUInt32LE(object.length)
      socket.write(length)
      socket.write(object)
    }
    const refuse = (message) => {
      work = work.then(() => {
        reply({ ok: false, error: { message } })
        socket.end()
      })
      socket.pause()
    }
    const handle = (line) => {
      waiting++
      work = work.then(async () => {
        try {
          reply(await answer(line))
        } catch (error) {
          reply({ ok: false, error: { message: String(error?.message ?? error)
            .slice(0, 2000) } })
        }
        // A writer who does not wait for answers must not fill our memory.
        if (--waiting < 16 && socket.isPaused()) socket.resume()
      })
      if (waiting >= 16) socket.pause()
    }

    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.on('data', (text) => {
      pending += text
      const lines = pending.split('\n')
      pending = lines.pop()
      for (const line of lines) {
        if (line.length > longestLine) return refuse('The request is too long.')
        handle(line.replace(/\r$/, ''))
      }
      if (pending.length > longestLine) refuse('The request is too long.')
    })
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}
