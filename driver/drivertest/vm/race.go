//go:build race

package vm

// raced: the race detector makes the guest, whose processor is made of software,
// too slow for the time that a scanner takes.
const raced = true
