package drivertest

// heard is what a scanner was told, in words, for those who want to know.
type heard chan string

// Heard is what the scanner was told, in order. What nobody fetches is forgotten
// after some hundred words.
func (h heard) Heard() <-chan string { return h }

func newHeard() heard { return make(heard, 256) }

func (h heard) note(what string) {
	for {
		select {
		case h <- what:
			return
		default:
		}
		select {
		case <-h:
		default:
		}
	}
}
