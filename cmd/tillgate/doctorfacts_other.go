//go:build !linux

package main

func pluggedDevices() []plugged { return nil }
func runningPrograms() []string { return nil }
