package powercut

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// The numbers of the network block device protocol ("The NBD protocol",
// github.com/NetworkBlockDevice/nbd, doc/proto.md).
const (
	nbdMagic    = 0x4e42444d41474943 // NBDMAGIC
	nbdOption   = 0x49484156454f5054 // IHAVEOPT
	nbdReply    = 0x0003e889045565a9
	nbdRequest  = 0x25609513
	nbdResponse = 0x67446698

	optExport = 1
	optAbort  = 2
	optGo     = 7

	repAck         = 1
	repInfo        = 3
	repUnsupported = 1<<31 + 1

	cmdRead  = 0
	cmdWrite = 1
	cmdEnd   = 2
	cmdFlush = 3

	flagsExport = 1 | 4 | 8 // HAS_FLAGS, SEND_FLUSH, SEND_FUA
	flagForce   = 1         // NBD_CMD_FLAG_FUA
	errIO       = 5         // NBD_EIO
)

// Serve is the disk for one who connects to the listener, until it is closed.
func (d *Disk) Serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if d.greet(c) == nil {
				d.answer(c)
			}
		}()
	}
}

var be = binary.BigEndian

func (d *Disk) greet(c net.Conn) error {
	b := be.AppendUint64(nil, nbdMagic)
	b = be.AppendUint64(b, nbdOption)
	b = be.AppendUint16(b, 3) // fixed newstyle, no zeroes
	if _, err := c.Write(b); err != nil {
		return err
	}
	var head [16]byte
	if _, err := io.ReadFull(c, head[:4]); err != nil {
		return err
	}
	for {
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return err
		}
		option := be.Uint32(head[8:])
		if _, err := io.CopyN(io.Discard, c, int64(be.Uint32(head[12:]))); err != nil {
			return err
		}
		size := be.AppendUint16(be.AppendUint64(nil, uint64(len(d.now))), flagsExport)
		reply := func(kind uint32, data []byte) []byte {
			b := be.AppendUint64(nil, nbdReply)
			b = be.AppendUint32(b, option)
			b = be.AppendUint32(b, kind)
			b = be.AppendUint32(b, uint32(len(data)))
			return append(b, data...)
		}
		done := option == optExport || option == optGo
		switch option {
		case optExport:
			b = size
		case optGo:
			b = append(reply(repInfo, append([]byte{0, 0}, size...)), reply(repAck, nil)...)
		case optAbort:
			return io.EOF
		default:
			b = reply(repUnsupported, nil)
		}
		if _, err := c.Write(b); err != nil || done {
			return err
		}
	}
}

func (d *Disk) answer(c net.Conn) error {
	var q [28]byte
	for {
		if _, err := io.ReadFull(c, q[:]); err != nil {
			return err
		}
		if be.Uint32(q[:]) != nbdRequest {
			return fmt.Errorf("request begins with %x", q[:4])
		}
		at, n := int64(be.Uint64(q[16:])), int(be.Uint32(q[24:]))
		b := be.AppendUint32(nil, nbdResponse)
		b = be.AppendUint32(b, 0)
		b = append(b, q[8:16]...)
		switch be.Uint16(q[6:]) {
		case cmdRead:
			b = append(b, d.read(at, n)...)
		case cmdWrite:
			data := make([]byte, n)
			if _, err := io.ReadFull(c, data); err != nil {
				return err
			}
			if d.broken() {
				be.PutUint32(b[4:], errIO)
			} else {
				d.write(at, data, be.Uint16(q[4:])&flagForce != 0)
			}
		case cmdFlush:
			if d.broken() {
				be.PutUint32(b[4:], errIO)
			} else {
				d.flush()
			}
		case cmdEnd:
			return nil
		}
		if _, err := c.Write(b); err != nil {
			return err
		}
	}
}
