package camera

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver/internal/wake"
)

// The part of V4L2 that takes frames off a camera (Linux, include/uapi/linux/
// videodev2.h). The only library for it needs a C compiler; this is all of it that
// is needed. The structures have the sizes that the kernel has on 32 and 64 bits.

type v4l2Capability struct {
	driver, card, busInfo [32]byte // driver is 16 and card 32 bytes long, see card
	_                     [8]byte
}

type v4l2Format struct {
	typ uint32
	pix v4l2Union
}

// v4l2Union is as large as all kinds of format, and aligned as the one that has
// a pointer in it.
type v4l2Union struct {
	_    [0]uintptr
	data [50]uint32
}

type v4l2FmtDesc struct {
	index, typ, flags uint32
	description       [32]byte
	pixelFormat       uint32
	_                 [4]uint32
}

type v4l2Parm struct {
	typ  uint32
	data [50]uint32 // capability, mode, numerator, denominator, …
}

type v4l2RequestBuffers struct {
	count, typ, memory uint32
	_                  [2]uint32
}

type v4l2Buffer struct {
	index, typ, bytesUsed, flags, field uint32
	timestamp                           unix.Timeval
	timecode                            [16]byte
	sequence, memory                    uint32
	offset                              uintptr // of the union m
	length, _, _                        uint32
}

const (
	bufCapture   = 1          // V4L2_BUF_TYPE_VIDEO_CAPTURE
	memoryMmap   = 1          // V4L2_MEMORY_MMAP
	capCapture   = 0x00000001 // V4L2_CAP_VIDEO_CAPTURE
	capStreaming = 0x04000000 // V4L2_CAP_STREAMING
	capDevice    = 0x80000000 // V4L2_CAP_DEVICE_CAPS
	bufError     = 0x0040     // V4L2_BUF_FLAG_ERROR
)

// Requests of the type 'V' (include/uapi/asm-generic/ioctl.h): direction, size,
// type and number.
func request(direction, nr, size uintptr) uintptr { return direction<<30 | size<<16 | 'V'<<8 | nr }

const (
	dirWrite = 1
	dirRead  = 2
	dirBoth  = 3
)

var (
	vidiocQueryCap  = request(dirRead, 0, 104)
	vidiocEnumFmt   = request(dirBoth, 2, unsafe.Sizeof(v4l2FmtDesc{}))
	vidiocSetFmt    = request(dirBoth, 5, unsafe.Sizeof(v4l2Format{}))
	vidiocReqBufs   = request(dirBoth, 8, unsafe.Sizeof(v4l2RequestBuffers{}))
	vidiocQueryBuf  = request(dirBoth, 9, unsafe.Sizeof(v4l2Buffer{}))
	vidiocQBuf      = request(dirBoth, 15, unsafe.Sizeof(v4l2Buffer{}))
	vidiocDQBuf     = request(dirBoth, 17, unsafe.Sizeof(v4l2Buffer{}))
	vidiocStreamOn  = request(dirWrite, 18, 4)
	vidiocStreamOff = request(dirWrite, 19, 4)
	vidiocSetParm   = request(dirBoth, 22, unsafe.Sizeof(v4l2Parm{}))
)

func ioctl(fd int, req uintptr, arg unsafe.Pointer) error {
	for {
		_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), req, uintptr(arg))
		if e == 0 {
			return nil
		}
		if e != unix.EINTR {
			return e
		}
	}
}

// wanted is the size of the frames that is asked for, and how many a second.
const (
	wantedW, wantedH = 640, 480
	wantedRate       = 15
)

// capture is a camera that is open.
type capture struct {
	fd       int
	card     string // what it calls itself
	format   pixelFormat
	w, h     int
	stride   int
	buffers  [][]byte
	streamOn bool
}

// openCapture opens a camera and prepares its buffers.
func openCapture(path string) (_ *capture, err error) {
	c := &capture{fd: -1}
	if c.fd, err = unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if err = c.query(); err != nil {
		return nil, err
	}
	if err = c.setFormat(); err != nil {
		return nil, err
	}
	return c, c.mapBuffers()
}

func (c *capture) query() error {
	var info [104]byte // struct v4l2_capability
	if err := ioctl(c.fd, vidiocQueryCap, unsafe.Pointer(&info)); err != nil {
		if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
			return errors.New("no camera: the device knows nothing of V4L2")
		}
		return fmt.Errorf("ask what it can do: %w", err)
	}
	word := func(at int) uint32 { return *(*uint32)(unsafe.Pointer(&info[at])) }
	card, _, _ := bytes.Cut(info[16:48], []byte{0})
	c.card = string(card)
	caps := word(84)
	if caps&capDevice != 0 {
		caps = word(88) // those of this device file
	}
	if caps&capCapture == 0 || caps&capStreaming == 0 {
		return errors.New("no camera: it gives no pictures (one camera may have several device files: take the first)")
	}
	return nil
}

// setFormat picks the cheapest of the formats that the camera has.
func (c *capture) setFormat() error {
	have := map[uint32]bool{}
	for i := range uint32(64) {
		d := v4l2FmtDesc{index: i, typ: bufCapture}
		if ioctl(c.fd, vidiocEnumFmt, unsafe.Pointer(&d)) != nil {
			break
		}
		have[d.pixelFormat] = true
	}
	for _, f := range pixelFormats {
		if !have[f.fourCC()] {
			continue
		}
		set := v4l2Format{typ: bufCapture}
		p := &set.pix.data // width, height, pixelformat, field, bytesperline, sizeimage, …
		p[0], p[1], p[2] = wantedW, wantedH, f.fourCC()
		if err := ioctl(c.fd, vidiocSetFmt, unsafe.Pointer(&set)); err != nil {
			return fmt.Errorf("set the format %s: %w", f.name, err)
		}
		if p[2] != f.fourCC() || p[0] < 16 || p[1] < 16 || p[0]*p[1] > MaxPixels {
			continue
		}
		c.format, c.w, c.h, c.stride = f, int(p[0]), int(p[1]), int(p[4])
		parm := v4l2Parm{typ: bufCapture}
		parm.data[2], parm.data[3] = 1, wantedRate
		_ = ioctl(c.fd, vidiocSetParm, unsafe.Pointer(&parm)) // what comes too fast is left out
		return nil
	}
	return errors.New("the camera has no format that is known (GREY, NV12, YU12, YUYV, UYVY, MJPG)")
}

func (c *capture) mapBuffers() error {
	req := v4l2RequestBuffers{count: 4, typ: bufCapture, memory: memoryMmap}
	if err := ioctl(c.fd, vidiocReqBufs, unsafe.Pointer(&req)); err != nil {
		return fmt.Errorf("ask for buffers: %w", err)
	}
	for i := range req.count {
		b := v4l2Buffer{index: i, typ: bufCapture, memory: memoryMmap}
		if err := ioctl(c.fd, vidiocQueryBuf, unsafe.Pointer(&b)); err != nil {
			return fmt.Errorf("ask for buffer %d: %w", i, err)
		}
		m, err := unix.Mmap(c.fd, int64(uint32(b.offset)), int(b.length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			return fmt.Errorf("map buffer %d: %w", i, err)
		}
		c.buffers = append(c.buffers, m)
		if err := c.give(i); err != nil {
			return err
		}
	}
	typ := uint32(bufCapture)
	if err := ioctl(c.fd, vidiocStreamOn, unsafe.Pointer(&typ)); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	c.streamOn = true
	return nil
}

// give hands a buffer to the kernel, to be filled.
func (c *capture) give(i uint32) error {
	b := v4l2Buffer{index: i, typ: bufCapture, memory: memoryMmap}
	if err := ioctl(c.fd, vidiocQBuf, unsafe.Pointer(&b)); err != nil {
		return fmt.Errorf("hand over buffer %d: %w", i, err)
	}
	return nil
}

// frames gives frames to offer until ctx ends, which is no error, or the camera
// fails. It sleeps in the kernel between them.
func (c *capture) frames(ctx context.Context, offer func(Frame) error) error {
	woken, done, err := wake.When(ctx)
	if err != nil {
		return err
	}
	defer done()
	fds := []unix.PollFd{woken.Poll(), {Fd: int32(c.fd), Events: unix.POLLIN}}
	grey := greyer{w: c.w, h: c.h, stride: c.stride}
	var last time.Time
	for {
		n, err := unix.Poll(fds, int(patience/time.Millisecond))
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("wait for a frame: %w", err)
		case n == 0:
			return fmt.Errorf("no frame for %v: unplug the camera and plug it in again", patience)
		}
		b := v4l2Buffer{typ: bufCapture, memory: memoryMmap}
		switch err := ioctl(c.fd, vidiocDQBuf, unsafe.Pointer(&b)); {
		case errors.Is(err, unix.EAGAIN):
			if fds[1].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0 {
				return unix.ENODEV
			}
			continue
		case err != nil:
			return fmt.Errorf("take a frame: %w", err)
		}
		if int(b.index) >= len(c.buffers) {
			return fmt.Errorf("the kernel gave buffer %d of %d", b.index, len(c.buffers))
		}
		// A little earlier than its time, so that 15 a second out of 30 are 15.
		if now := time.Now(); b.flags&bufError == 0 && now.Sub(last) > time.Second*8/10/wantedRate {
			data := c.buffers[b.index]
			f, err := c.format.grey(&grey, data[:min(len(data), int(b.bytesUsed))])
			if err == nil { // a frame that was cut on its way is followed by a better one
				last = now
				err = offer(f)
			}
			if err != nil && last == now {
				return err
			}
		}
		if err := c.give(b.index); err != nil {
			return err
		}
	}
}

func (c *capture) close() {
	if c.streamOn {
		typ := uint32(bufCapture)
		_ = ioctl(c.fd, vidiocStreamOff, unsafe.Pointer(&typ))
	}
	for _, b := range c.buffers {
		_ = unix.Munmap(b)
	}
	if c.fd >= 0 {
		unix.Close(c.fd)
	}
	c.buffers, c.fd, c.streamOn = nil, -1, false
}
