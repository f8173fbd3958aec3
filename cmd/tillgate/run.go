package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/tillgate/tillgate/ui"
)

// runCmd runs the daemon.
type runCmd struct {
	Explain time.Duration `default:"30s" env:"TILLGATE_EXPLAIN" help:"How long the page says why tillgate does not work before the program ends (${default})."`
}

func (c runCmd) Run(e *env) error {
	cfg, err := LoadConfig(e.config)
	if err != nil {
		return err
	}
	log := newLog(cfg.Log, e.stderr)
	g, err := build(cfg, parts{}, log)
	err = diskTrouble(cfg.Till.DataDir, err)
	if err == nil {
		err = diskTrouble(cfg.Till.DataDir, g.run(e.ctx, func(page string) { log.Info("tillgate is ready", "version", version, "page", page) }))
		if err := g.close(); err != nil {
			log.Error("closing the data folder", "error", err)
		}
	}
	if err == nil {
		log.Info("tillgate has stopped")
		return nil
	}
	c.explain(e.ctx, cfg, err, log)
	return err
}

// explain lets the page say for a while why the daemon does not work. Whoever
// starts it again does so after that, and the cashier is not left with a page that
// only says that nobody answers.
func (c runCmd) explain(ctx context.Context, cfg Config, why error, log *slog.Logger) {
	code := "other"
	switch exitCode(why) {
	case exitBusy:
		return // the page is another one's
	case exitDamaged:
		code = "journal_damaged"
	case exitDisk:
		code = "disk"
	case exitConfig:
		code = "config"
		if _, err := os.Stat(cfg.Till.DataDir); err != nil {
			code = "data_folder"
		}
	}
	if c.Explain <= 0 || ctx.Err() != nil {
		return
	}
	s, err := ui.New((&gateway{cfg: cfg, log: log}).page())
	if err != nil {
		log.Warn("the page can not say why tillgate does not work", "err", err)
		return
	}
	s.Fail(code, why)
	ctx, cancel := context.WithTimeout(ctx, c.Explain)
	defer cancel()
	if err := s.Run(ctx); err != nil {
		log.Warn("the page can not say why tillgate does not work", "err", err)
	}
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
