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
	"time"
)

// The control socket is how the command line talks to a running daemon: HTTP
// over something that only the daemon's own user can open, a Unix socket in the
// data folder, or on Windows (where some tills' has no Unix sockets) a loopback
// port with a secret in the data folder. What is done through it (resolving an
// operation by hand, showing a pairing code) is not for every program that can
// reach the loopback address.

// maxControl bounds a request and an answer.
const maxControl = 16 << 20

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

// errDial is among the errors of a request that found no socket to go to.
var errDial = errors.New("control socket")

// errNoDaemon says that nobody answers at the control socket.
var errNoDaemon = errors.New("no tillgate is running")

// control asks the running daemon. in is sent as JSON if it is not nil, the
// answer is read into out if that is not nil.
func control(ctx context.Context, dataDir, method, path string, in, out any) error {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := dialControl(ctx, dataDir)
		if err != nil {
			return nil, errors.Join(errDial, err)
		}
		return conn, nil
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
	if errors.Is(err, errDial) {
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
