package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"time"
)

// wsaeAddrInUse is what Windows says instead of EADDRINUSE (Windows Sockets
// Error Codes, WSAEADDRINUSE).
const wsaeAddrInUse = syscall.Errno(10048)

// ErrInUse says that another program has the port.
var ErrInUse = errors.New("the port is in use")

// listen takes the port. An address that other machines can reach is refused
// unless the configuration asks for it.
func listen(addr string, remote bool) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: %w: give it as 127.0.0.1:8377", addr, err)
	}
	if !remote && !isLoopback(host) {
		return nil, fmt.Errorf("listen address %q can be reached from other machines: use 127.0.0.1, or allow it expressly", addr)
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaeAddrInUse) {
		return nil, fmt.Errorf("listen on %s: %w: %s", addr, ErrInUse, holder(addr, port))
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return l, nil
}

// holder says who has the port, as far as can be found out, and what to do.
func holder(addr, port string) string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/v1/health", nil); err == nil {
		if res, err := http.DefaultClient.Do(r); err == nil {
			defer res.Body.Close()
			var h health
			if json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&h) == nil && h.Service == serviceName {
				return fmt.Sprintf("tillgate %s runs there already (process %d): stop it first, or give this one another address", h.Version, h.PID)
			}
		}
	}
	find := "ss -ltnp 'sport = :" + port + "'"
	if runtime.GOOS == "windows" {
		find = "netstat -ano | findstr :" + port
	}
	return "another program has it (" + find + " shows which): stop it, or give tillgate another address"
}

// isLoopback says whether a host name or address is this machine only.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
