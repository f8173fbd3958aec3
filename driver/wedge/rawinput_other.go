//go:build !windows

package wedge

func listen(func(key)) (stop func(), err error) { return nil, errElsewhere }

func keyboards() ([]string, error) { return nil, nil }
