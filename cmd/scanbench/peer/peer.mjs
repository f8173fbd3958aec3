// What an integrator writes in an afternoon with the usual parts: serialport,
// better-sqlite3 and ws, with the same duties as tillgate on this way: frame
// the scan, find the customer among all, check the origin of the page, send
// the prompt as JSON to every page.
//
//   node peer.mjs fill DB < customers.ndjson
//   node peer.mjs run DB TTY PORT
import Database from 'better-sqlite3'
import { createInterface } from 'node:readline'

const [mode, file, tty, port] = process.argv.slice(2)
const db = new Database(file)
db.pragma('journal_mode = WAL')

if (mode === 'fill') {
  db.exec('CREATE TABLE customer (id TEXT PRIMARY KEY, card TEXT, phone TEXT, external TEXT, name TEXT, tier TEXT, balance INTEGER)')
  const put = db.prepare('INSERT INTO customer VALUES (@id, @card, @phone, @external, @name, @tier, @balance)')
  db.exec('BEGIN')
  for await (const line of createInterface({ input: process.stdin })) put.run(JSON.parse(line))
  db.exec('COMMIT')
  db.exec('CREATE INDEX card ON customer (card); CREATE INDEX phone ON customer (phone); CREATE INDEX external ON customer (external)')
  process.exit(0)
}

const { SerialPort, ReadlineParser } = await import('serialport')
const { WebSocketServer } = await import('ws')

const find = db.prepare('SELECT id, name, tier, balance FROM customer WHERE card = ?')
const pages = new Set()
let seq = 0

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(port),
  verifyClient: ({ origin }) => !origin || origin === `http://127.0.0.1:${port}`,
})
server.on('connection', (page) => {
  pages.add(page)
  page.on('close', () => pages.delete(page))
  page.on('error', () => pages.delete(page))
})

const serial = new SerialPort({ path: tty, baudRate: 9600 })
serial.pipe(new ReadlineParser({ delimiter: '\r' })).on('data', (code) => {
  code = code.trim()
  const customer = find.get(code)
  const message = JSON.stringify({ type: 'prompt', seq: ++seq, code, at: new Date().toISOString(), customer: customer ?? null })
  for (const page of pages) page.send(message)
})
serial.on('open', () => console.log('ready'))
serial.on('error', (err) => { console.error(err.message); process.exit(1) })
