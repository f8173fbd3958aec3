//go:build race

package frame_test

// thin: the race detector makes a picture take ten times as long, and finds no
// more in the ninth format than in the first.
const thin = true
