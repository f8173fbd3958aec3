//go:build !race

package frame_test

const thin = false
