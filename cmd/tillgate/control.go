package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// The control socket is how the command line talks to a running daemon: HTTP
// over a Unix socket in the data folder, which only the daemon's own user can
// open. What is done through it (resolving an operation by hand, showing a
// pairing code) is not for every program that can reach the loopback address.
const controlSocket = "control.sock"

// maxControl bounds a request and an answer.
const maxControl = 16 << 20

// listenControl opens the socket in the data folder. The caller holds the
// folder's lock, so a socket that is there already is a dead daemon's.
func listenControl(dataDir string) (net.Listener, error) {
	path := filepath.Join(dataDir, controlSocket)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket (a path of more than about 100 characters is too long for one: choose a shorter till.data_dir): %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("control socket: %w", err)
	}
	return l, nil
}

// serveControl answers the command line until ctx ends.
func serveControl(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	srv := &http.Server{Handler: http.MaxBytesHandler(h, maxControl), ReadHeaderTimeout: 5 * time.Second,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	defer stop()
	if err := srv.Serve(l); ctx.Err() == nil {
		return fmt.Errorf("control socket: %w", err)
	}
	return nil
}

// errNoDaemon says that nobody answers at the control socket.
var errNoDaemon = errors.New("no tillgate is running")

// control asks the running daemon. in is sent as JSON if it is not nil, the
// answer is read into out if that is not nil.
func control(ctx context.Context, dataDir, method, path string, in, out any) error {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", filepath.Join(dataDir, controlSocket))
	}}}
	defer client.CloseIdleConnections()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://tillgate"+path, body)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		if errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("the tillgate that keeps its data in %s belongs to another user: run this as that user or as root", dataDir)
		}
		return exitWith(exitUnavailable, fmt.Errorf("%w with its data in %s", errNoDaemon, dataDir))
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxControl))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		var problem struct{ Error string }
		if json.Unmarshal(b, &problem) == nil && problem.Error != "" {
			return errors.New(problem.Error)
		}
		return fmt.Errorf("the daemon answered %s", res.Status)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

// answer writes v, or the error, as JSON.
func answer(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		v = map[string]string{"error": err.Error()}
	}
	json.NewEncoder(w).Encode(v)
}

// ask reads the JSON body of a request to the control socket.
func ask[T any](r *http.Request) (T, error) {
	var v T
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, fmt.Errorf("request: %w", err)
	}
	return v, nil
}
