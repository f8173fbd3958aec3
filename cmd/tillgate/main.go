// Command tillgate is the daemon on a store's till PC: it turns a scan of a
// customer's loyalty card into the right question on the cashier's screen.
//
// This package only wires the stages together (driver → decode → sync → ui)
// and talks to people: gateway.go builds and runs the daemon, registry.go has
// the lists of drivers and providers, config.go reads the configuration, and
// each subcommand has a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "dev"

// cli is the command line.
type cli struct {
	Run     runCmd     `cmd:"" help:"Run the daemon."`
	Demo    demoCmd    `cmd:"" help:"Run everything on embedded defaults, with a virtual scanner and a central API of its own."`
	Scan    scanCmd    `cmd:"" help:"Let the virtual scanner of the running demo scan a code."`
	Check   checkCmd   `cmd:"" help:"Check a configuration and say what would be opened."`
	Devices devicesCmd `cmd:"" help:"List the scanners: how each is driven, or why not."`
	Doctor  doctorCmd  `cmd:"" help:"Say what keeps this till from working, and what mends it."`
	Enrol   enrolCmd   `cmd:"" help:"Show a code: the device that reads it becomes this till's scanner."`
	Copy    copyCmd    `cmd:"" help:"Show the copy of the customers: how many, of when, how far a fill has come."`
	Journal journalCmd `cmd:"" help:"Show what is owed to the central API; settle an operation by hand."`
	Drafts  draftsCmd  `cmd:"" help:"Show registrations that could not be made at once; take one off the list."`
	Pin     pinCmd     `cmd:"" help:"Turn a supervisor's PIN into the hash that offline.pin names."`
	Pair    pairCmd    `cmd:"" help:"Show a code that lets a POS page of another origin in."`
	Fake    fakeCmd    `cmd:"" help:"Run a double of a programme or a scanner, to try a till without one."`
	Rekey   rekeyCmd   `cmd:"" help:"Give a till that is stopped another key, and destroy the present one."`
	Wipe    wipeCmd    `cmd:"" help:"Destroy the customers' data and its key, before the till leaves the shop."`
	Decode  decodeCmd  `cmd:"" help:"Read barcodes out of pictures."`
	Version versionCmd `cmd:"" help:"Say the version."`

	GiveBack giveBackCmd `cmd:"" hidden:""`

	Config string           `short:"c" placeholder:"FILE" env:"TILLGATE_CONFIG" default:"${config}" help:"Configuration file (${default})."`
	Asked  kong.VersionFlag `name:"version" help:"Say the version."`
}

// env is what a subcommand has of the world.
type env struct {
	ctx    context.Context
	stdout io.Writer
	stderr io.Writer
	config string // path of the configuration file
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// memoryLimit is where the collector starts to work harder, in bytes: a till has
// 2 GB, of which the POS and a browser take most. A fill of a million customers
// stays far below.
const memoryLimit = 192 << 20

// run is the whole program, for tests too.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	var c cli
	exited := -1
	parser := c.grammar(kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code; panic(errHelpShown) }))
	defer func() {
		if r := recover(); r != nil {
			if r != errHelpShown {
				panic(r)
			}
			code = exited
		}
	}()
	if len(args) > 0 && args[0] == "help" { // as some type it: help journal
		args = append(args[1:], "--help")
	}
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "tillgate: %v\nTry: tillgate --help\n", err)
		return exitUsage
	}
	err = k.Run(&env{ctx: ctx, stdout: stdout, stderr: stderr, config: c.Config})
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(stderr, "tillgate: %v\n", err)
	}
	return exitCode(err)
}

// grammar reads a command line into c.
func (c *cli) grammar(more ...kong.Option) *kong.Kong {
	parser, err := kong.New(c, append(more,
		kong.Name("tillgate"),
		kong.Description("From the scan of a loyalty card to the right question on the cashier's screen."),
		kong.Vars{"version": "tillgate " + version, "config": defaultConfigPath(), "demodir": defaultDemoDir(), "user": userName()},
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)...)
	if err != nil {
		panic(err) // the grammar is wrong: a bug
	}
	return parser
}

var errHelpShown = errors.New("help was shown")

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.stdout, "tillgate", version)
	return err
}
