package side

import (
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// setDryRun sets DryRun where an input has it.
func setDryRun(in any) bool {
	f := reflect.ValueOf(in).Elem().FieldByName("DryRun")
	if !f.IsValid() {
		return false
	}
	f.Set(reflect.ValueOf(aws.Bool(true)))
	return true
}
