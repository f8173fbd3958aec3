package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// defaultConfigPath is where the packages put the configuration file.
func defaultConfigPath() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(programData(), "tillgate", "tillgate.toml")
	}
	return "/etc/tillgate/tillgate.toml"
}

// defaultDataDir is where the daemon keeps cache.db and journal.db. systemd's
// StateDirectory= wins.
func defaultDataDir() string {
	if dir := os.Getenv("STATE_DIRECTORY"); dir != "" {
		return dir
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(programData(), "tillgate", "data")
	}
	return "/var/lib/tillgate"
}

// defaultDemoDir is where the demo keeps its data between two runs.
func defaultDemoDir() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(os.Getenv("LOCALAPPDATA"), "tillgate", "demo")
	}
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "tillgate-demo")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	return filepath.Join(home, ".local", "state", "tillgate-demo")
}

func programData() string {
	if dir := os.Getenv("ProgramData"); dir != "" {
		return dir
	}
	return `C:\ProgramData`
}

// dataDir is the data folder that a command is about: the one it was given, or the
// configuration's, or where nothing is configured, that of a demo that runs.
func dataDir(e *env, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	cfg, err := LoadConfig(e.config)
	if demo := defaultDemoDir(); noConfig(err) && e.config == defaultConfigPath() && control(e.ctx, demo, "GET", "/process", nil, nil) == nil {
		fmt.Fprintf(e.stderr, "(Nothing is configured: this is the demo that runs, --data %s)\n", demo)
		return demo, nil
	}
	if err != nil {
		return "", fmt.Errorf("which tillgate? Name its data folder with --data, or its configuration with --config: %w", err)
	}
	return cfg.Till.DataDir, nil
}
