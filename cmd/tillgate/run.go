package main

import (
	"io"
	"log/slog"
)

// runCmd runs the daemon.
type runCmd struct{}

func (runCmd) Run(e *env) error {
	cfg, err := LoadConfig(e.config)
	if err != nil {
		return err
	}
	log := newLog(cfg.Log, e.stderr)
	g, err := build(cfg, parts{}, log)
	if err != nil {
		return err
	}
	defer func() {
		if err := g.close(); err != nil {
			log.Error("closing the data folder", "error", err)
		}
	}()
	err = g.run(e.ctx, func(page string) { log.Info("tillgate is ready", "version", version, "page", page) })
	if err == nil {
		log.Info("tillgate has stopped")
	}
	return err
}

func newLog(c LogConfig, w io.Writer) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(c.Level)) // checked with the configuration
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
