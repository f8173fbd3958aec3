package httpclient

import (
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// named says whether the environment decides.
func named() bool {
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

var (
	winhttp = windows.NewLazySystemDLL("winhttp.dll")
	ofUser  = winhttp.NewProc("WinHttpGetIEProxyConfigForCurrentUser")
	ofAll   = winhttp.NewProc("WinHttpGetDefaultProxyConfiguration")
	free    = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
)

// seen is what the system said last, for a minute: a person may change it while
// tillgate runs.
var seen struct {
	sync.Mutex
	settings
	at time.Time
}

func system() settings {
	seen.Lock()
	defer seen.Unlock()
	if seen.at.IsZero() || time.Since(seen.at) > time.Minute {
		seen.settings, seen.at = ask(), time.Now()
	}
	return seen.settings
}

// ask asks Windows: for the setting of the user under whom tillgate runs (the
// dialog "Proxy"), then for that of the machine ("netsh winhttp set proxy"), which
// is the one that a service has.
func ask() settings {
	var user struct { // WINHTTP_CURRENT_USER_IE_PROXY_CONFIG of winhttp.h
		detect int32
		script *uint16
		server *uint16
		bypass *uint16
	}
	s := settings{}
	if ok, _, _ := ofUser.Call(uintptr(unsafe.Pointer(&user))); ok != 0 {
		s = settings{server: take(user.server), bypass: take(user.bypass), script: take(user.script)}
		if s.script == "" && user.detect != 0 {
			s.script = "WPAD"
		}
	}
	if s.server != "" {
		return s
	}
	var all struct { // WINHTTP_PROXY_INFO of winhttp.h
		access uint32
		server *uint16
		bypass *uint16
	}
	const namedProxy = 3 // WINHTTP_ACCESS_TYPE_NAMED_PROXY
	if ok, _, _ := ofAll.Call(uintptr(unsafe.Pointer(&all))); ok != 0 {
		server, bypass := take(all.server), take(all.bypass)
		if all.access == namedProxy {
			s.server, s.bypass = server, bypass
		}
	}
	return s
}

// take reads a text that Windows has given us, and gives back its memory.
func take(p *uint16) string {
	if p == nil {
		return ""
	}
	defer free.Call(uintptr(unsafe.Pointer(p)))
	return windows.UTF16PtrToString(p)
}
