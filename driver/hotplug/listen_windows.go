package hotplug

import (
	"context"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Of cfgmgr32.h.
const (
	allInterfaceClasses = 1 // CM_NOTIFY_FILTER_FLAG_ALL_INTERFACE_CLASSES
	deviceInterface     = 0 // CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE
	arrival             = 0 // CM_NOTIFY_ACTION_DEVICEINTERFACEARRIVAL
)

// filter is CM_NOTIFY_FILTER; the last part is the union.
type filter struct {
	size, flags, kind, reserved uint32
	of                          [200]uint16
}

var (
	cfgmgr     = windows.NewLazySystemDLL("cfgmgr32.dll")
	register   = cfgmgr.NewProc("CM_Register_Notification")
	unregister = cfgmgr.NewProc("CM_Unregister_Notification")
)

// arrived is who is told of interfaces that arrive. The callback is made once: the
// runtime can not give one back.
var arrived struct {
	sync.Mutex
	callback uintptr
	last     uintptr
	events   map[uintptr]chan struct{}
}

// listen hears the arrival of device interfaces, from Windows 8 on.
func listen(ctx context.Context) (<-chan struct{}, error) {
	if err := register.Find(); err != nil {
		return nil, fmt.Errorf("notification of devices: %w", err)
	}
	arrived.Lock()
	if arrived.callback == 0 {
		arrived.callback = windows.NewCallback(notified)
		arrived.events = map[uintptr]chan struct{}{}
	}
	arrived.last++
	me, events := arrived.last, make(chan struct{}, 1)
	arrived.events[me] = events
	arrived.Unlock()

	f := filter{flags: allInterfaceClasses, kind: deviceInterface}
	f.size = uint32(unsafe.Sizeof(f))
	var handle uintptr
	if r, _, _ := register.Call(uintptr(unsafe.Pointer(&f)), me, arrived.callback, uintptr(unsafe.Pointer(&handle))); r != 0 {
		forget(me)
		return nil, fmt.Errorf("notification of devices: configuration manager says %d", r)
	}
	context.AfterFunc(ctx, func() {
		unregister.Call(handle) // returns when no callback runs any more
		forget(me)
		close(events)
	})
	return events, nil
}

func forget(me uintptr) {
	arrived.Lock()
	delete(arrived.events, me)
	arrived.Unlock()
}

// notified is called by the system, in a thread of its own.
func notified(_, me uintptr, action uint32, _ uintptr, _ uint32) uintptr {
	if action != arrival {
		return 0
	}
	arrived.Lock()
	events := arrived.events[me]
	arrived.Unlock()
	select {
	case events <- struct{}{}:
	default:
	}
	return 0
}
