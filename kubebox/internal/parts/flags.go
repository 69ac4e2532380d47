package parts

import (
	"fmt"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
)

// parse sets a component's options by its documented flags: their names are stable, the fields behind them are not.
func parse(component string, sets cliflag.NamedFlagSets, args []string) error {
	all := pflag.NewFlagSet(component, pflag.ContinueOnError)
	for _, name := range sets.Order {
		all.AddFlagSet(sets.FlagSets[name])
	}
	if err := all.Parse(args); err != nil {
		return fmt.Errorf("options of the %s: %w", component, err)
	}
	return nil
}
