package central

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/tillgate/tillgate/sync/seal"
)

// partial is what has come of a snapshot's stream so far, sealed, in a file: a
// transfer goes on behind it, also when the daemon was killed meanwhile.
//
// The file begins with what stream it is and the key of the rest, sealed under
// the till's; then come the pieces as the network brought them, each sealed with
// its number. Nothing is flushed: what a power cut took is asked for again. Of a
// file that is damaged, what stands before the damage is good.
type partial struct {
	path   string
	file   *os.File
	key    *seal.Key
	tag    string // of the stream
	size   int64  // bytes of the stream that are kept
	pieces uint64 // kept

	in    *bufio.Reader // where reading is
	read  uint64        // pieces
	left  []byte        // of the last piece
	piece []byte        // buffer
}

const (
	partialFormat = "tillgate partial snapshot 1\n"
	maxPiece      = 1 << 20 // bytes on the disk
)

// placePartial is where the head of a partial snapshot is sealed for.
var placePartial = []byte("partial snapshot")

// partialHead says what stream is kept.
type partialHead struct {
	From   string `json:"from"` // address of the server
	Tag    string `json:"tag"`
	Secret []byte `json:"secret"` // of the pieces' key
}

// newPartial begins to keep a stream. What was kept before is gone.
func newPartial(path string, till *seal.Key, from, tag string) (*partial, error) {
	secret := seal.NewSecret()
	key, err := seal.New(secret)
	if err != nil {
		return nil, err
	}
	head, err := json.Marshal(partialHead{from, tag, secret})
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	p := &partial{path: path, file: f, key: key, tag: tag}
	if err := p.write([]byte(partialFormat), till.Seal(nil, head, placePartial)); err != nil {
		return nil, errors.Join(err, p.remove())
	}
	return p, nil
}

// openPartial opens what is kept of a server's stream; nil if that is nothing.
func openPartial(path string, till *seal.Key, from string) (*partial, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := &partial{path: path, file: f}
	if !p.open(till, from) {
		return nil, p.remove()
	}
	return p, nil
}

// open reads through the file once; false if nothing in it is of use.
func (p *partial) open(till *seal.Key, from string) bool {
	p.in = bufio.NewReader(p.file)
	format := make([]byte, len(partialFormat))
	if _, err := io.ReadFull(p.in, format); err != nil || string(format) != partialFormat {
		return false
	}
	sealed, err := p.next()
	if err != nil {
		return false
	}
	raw, err := till.Open(nil, sealed, placePartial)
	var head partialHead
	if err != nil || json.Unmarshal(raw, &head) != nil || head.From != from {
		return false
	}
	if p.key, err = seal.New(head.Secret); err != nil {
		return false
	}
	p.tag = head.Tag
	start := int64(len(partialFormat) + 4 + len(sealed))
	end := start
	for {
		sealed, err := p.next()
		if err != nil {
			break
		}
		text, err := p.key.Open(sealed[:0:0], sealed, place(p.pieces))
		if err != nil {
			break
		}
		p.pieces++
		p.size += int64(len(text))
		end += int64(4 + len(sealed))
	}
	if p.size == 0 || p.file.Truncate(end) != nil {
		return false
	}
	if _, err := p.file.Seek(start, io.SeekStart); err != nil {
		return false
	}
	p.in.Reset(p.file)
	return true
}

// next reads a piece as it stands in the file.
func (p *partial) next() ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(p.in, size[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > maxPiece {
		return nil, errors.New("a piece is too long")
	}
	p.piece = append(p.piece[:0], make([]byte, n)...)
	_, err := io.ReadFull(p.in, p.piece)
	return p.piece, err
}

func place(piece uint64) []byte { return binary.BigEndian.AppendUint64(nil, piece) }

// Read reads what was kept when the file was opened, from its beginning.
func (p *partial) Read(b []byte) (int, error) {
	for len(p.left) == 0 {
		if p.read == p.pieces || p.in == nil {
			p.in, p.piece = nil, nil
			return 0, io.EOF
		}
		sealed, err := p.next()
		if err != nil {
			return 0, err
		}
		if p.left, err = p.key.Open(nil, sealed, place(p.read)); err != nil {
			return 0, err
		}
		p.read++
	}
	n := copy(b, p.left)
	p.left = p.left[n:]
	return n, nil
}

// add keeps what comes next of the stream. All that was kept has been read.
func (p *partial) add(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), maxPiece-seal.Overhead)
		if err := p.write(nil, p.key.Seal(nil, b[:n], place(p.pieces))); err != nil {
			return err
		}
		p.pieces++
		p.size += int64(n)
		b = b[n:]
	}
	return nil
}

// write writes a piece, in one call: a process that is killed leaves it whole or
// cut off.
func (p *partial) write(before, sealed []byte) error {
	out := binary.LittleEndian.AppendUint32(bytes.Clone(before), uint32(len(sealed)))
	_, err := p.file.Write(append(out, sealed...))
	return err
}

func (p *partial) close() error { return p.file.Close() }

func (p *partial) remove() error { return errors.Join(p.file.Close(), os.Remove(p.path)) }
