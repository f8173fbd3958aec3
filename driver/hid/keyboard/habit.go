package keyboard

// habit remembers how the codes of a device end. After a code that ended with a
// suffix, one that ends in silence has lost its end and is not delivered. Three
// of those in a row are a scanner that was set up anew.
type habit struct {
	suffix bool // the last code that was delivered ended with a suffix
	silent bool // the last code that was delivered ended in silence
	odd    int
}

// unknown says that no code has been delivered yet.
func (h *habit) unknown() bool { return !h.suffix && !h.silent }

// suffixed notes a code that ended with a suffix.
func (h *habit) suffixed() { *h = habit{suffix: true} }

// mayBeSilent says whether a code that ended in silence is to be trusted.
func (h *habit) mayBeSilent(s Suffix) bool {
	switch {
	case s == Silence:
		return true
	case s != Auto:
		return false
	case h.suffix:
		if h.odd++; h.odd == 3 {
			*h = habit{}
		}
		return false
	}
	h.silent = true
	return true
}
