package wedge

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32 = windows.NewLazySystemDLL("user32.dll")

	registerClassEx         = user32.NewProc("RegisterClassExW")
	createWindowEx          = user32.NewProc("CreateWindowExW")
	destroyWindow           = user32.NewProc("DestroyWindow")
	defWindowProc           = user32.NewProc("DefWindowProcW")
	getMessage              = user32.NewProc("GetMessageW")
	dispatchMessage         = user32.NewProc("DispatchMessageW")
	postThreadMessage       = user32.NewProc("PostThreadMessageW")
	registerRawInputDevices = user32.NewProc("RegisterRawInputDevices")
	getRawInputData         = user32.NewProc("GetRawInputData")
	getRawInputDeviceInfo   = user32.NewProc("GetRawInputDeviceInfoW")
	getRawInputDeviceList   = user32.NewProc("GetRawInputDeviceList")
)

// The constants of winuser.h.
const (
	wmQuit  = 0x0012
	wmInput = 0x00ff

	rimTypeKeyboard = 1
	ridInput        = 0x10000003
	ridiDeviceName  = 0x20000007
	ridevRemove     = 0x00000001
	ridevInputSink  = 0x00000100 // also while another window has the focus

	hwndMessage = ^uintptr(2) // -3: a window that nobody sees
)

type wndClassEx struct {
	size, style            uint32
	proc                   uintptr
	clsExtra, wndExtra     int32
	instance, icon, cursor windows.Handle
	background             windows.Handle
	menuName, className    *uint16
	iconSm                 windows.Handle
}

type message struct {
	window  windows.Handle
	message uint32
	wParam  uintptr
	lParam  uintptr
	time    uint32
	x, y    int32
}

type rawInputDevice struct {
	page, usage uint16
	flags       uint32
	target      windows.Handle
}

type rawInputHeader struct {
	typ, size uint32
	device    windows.Handle
	wParam    uintptr
}

type rawKeyboard struct {
	makeCode, flags, reserved, vKey uint16
	message, extra                  uint32
}

type rawInputDeviceList struct {
	device windows.Handle
	typ    uint32
}

// listen opens a window for Raw Input and calls got for each key, in a thread of
// its own, until stop, which returns when the window is gone.
func listen(got func(key)) (stop func(), err error) {
	type opened struct {
		thread uint32
		err    error
	}
	ready, done := make(chan opened), make(chan struct{})
	go func() {
		defer close(done)
		// A window belongs to the thread that made it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		window, err := open()
		ready <- opened{windows.GetCurrentThreadId(), err}
		if err != nil {
			return
		}
		pump(got)
		register(ridevRemove, 0)
		destroyWindow.Call(uintptr(window))
	}()
	o := <-ready
	if o.err != nil {
		<-done
		return nil, o.err
	}
	return func() {
		postThreadMessage.Call(uintptr(o.thread), wmQuit, 0, 0)
		<-done
	}, nil
}

// open makes the window and has the keys of all keyboards sent to it.
func open() (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString("tillgate raw input")
	if err != nil {
		return 0, err
	}
	class := wndClassEx{proc: defWindowProc.Addr(), className: name}
	class.size = uint32(unsafe.Sizeof(class))
	if atom, _, err := registerClassEx.Call(uintptr(unsafe.Pointer(&class))); atom == 0 && !errors.Is(err, windows.ERROR_CLASS_ALREADY_EXISTS) {
		return 0, fmt.Errorf("RegisterClassEx: %w", err)
	}
	w, _, err := createWindowEx.Call(0, uintptr(unsafe.Pointer(name)), 0, 0, 0, 0, 0, 0, hwndMessage, 0, 0, 0)
	if w == 0 {
		return 0, fmt.Errorf("CreateWindowEx: %w", err)
	}
	if err := register(ridevInputSink, windows.Handle(w)); err != nil {
		destroyWindow.Call(w)
		return 0, err
	}
	return windows.Handle(w), nil
}

func register(flags uint32, target windows.Handle) error {
	d := rawInputDevice{page: 1, usage: 6, flags: flags, target: target}
	if ok, _, err := registerRawInputDevices.Call(uintptr(unsafe.Pointer(&d)), 1, unsafe.Sizeof(d)); ok == 0 {
		return fmt.Errorf("RegisterRawInputDevices: %w", err)
	}
	return nil
}

// pump takes the messages of the window.
func pump(got func(key)) {
	for {
		var m message
		if more, _, _ := getMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0); int32(more) <= 0 {
			return
		}
		if m.message == wmInput {
			if k, device, ok := input(m.lParam); ok {
				k.path = deviceName(device) // each time: handles are used again for other devices
				got(k)
			}
		}
		dispatchMessage.Call(uintptr(unsafe.Pointer(&m)))
	}
}

// input reads the key that a message is about.
func input(handle uintptr) (k key, device windows.Handle, ok bool) {
	var buf struct {
		header   rawInputHeader
		keyboard rawKeyboard
		_        [32]byte // the union is larger for mice
	}
	size := uint32(unsafe.Sizeof(buf))
	n, _, _ := getRawInputData.Call(handle, ridInput, uintptr(unsafe.Pointer(&buf)), uintptr(unsafe.Pointer(&size)), unsafe.Sizeof(buf.header))
	if int32(n) <= 0 || buf.header.typ != rimTypeKeyboard {
		return k, 0, false
	}
	return keyOf(buf.keyboard.makeCode, buf.keyboard.flags), buf.header.device, true
}

// keyboards are the device paths of all keyboards.
func keyboards() ([]string, error) {
	var n uint32
	var one rawInputDeviceList
	if r, _, err := getRawInputDeviceList.Call(0, uintptr(unsafe.Pointer(&n)), unsafe.Sizeof(one)); int32(r) < 0 {
		return nil, fmt.Errorf("GetRawInputDeviceList: %w", err)
	}
	list := make([]rawInputDeviceList, n+8) // some may come meanwhile
	n = uint32(len(list))
	r, _, err := getRawInputDeviceList.Call(uintptr(unsafe.Pointer(&list[0])), uintptr(unsafe.Pointer(&n)), unsafe.Sizeof(one))
	if int32(r) < 0 {
		return nil, fmt.Errorf("GetRawInputDeviceList: %w", err)
	}
	var paths []string
	for _, d := range list[:min(int(r), len(list))] {
		if d.typ == rimTypeKeyboard {
			paths = append(paths, deviceName(d.device))
		}
	}
	return paths, nil
}

// deviceName is the path of a device, "" if it has gone or has none (keys that a
// program has sent).
func deviceName(device windows.Handle) string {
	var buf [512]uint16
	n := uint32(len(buf))
	if r, _, _ := getRawInputDeviceInfo.Call(uintptr(device), ridiDeviceName, uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&n))); int32(r) <= 0 {
		return ""
	}
	return windows.UTF16ToString(buf[:])
}
