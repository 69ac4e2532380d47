package shapes

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the tables")

func TestTheTablesOfTheWireAreWhatTheSDKSays(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path := filepath.Join("..", "..", f.Path)
		if *update {
			if err := os.WriteFile(path, []byte(f.Text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f.Text, string(have)); diff != "" {
			t.Errorf("%s is not fresh: run `make gen` (-fresh +there)\n%s", f.Path, diff)
		}
	}
}

func TestNamesOfEC2ThatUsersRelyOnAreIrregularAsKnown(t *testing.T) {
	names, err := ec2Names()
	if err != nil {
		t.Fatal(err)
	}
	want := map[key]name{
		{"DescribeVpcsInput", "Filters"}:            {request: "Filter"},
		{"IpPermission", "UserIdGroupPairs"}:        {request: "Groups", response: "groups"},
		{"CreateSecurityGroupInput", "Description"}: {request: "GroupDescription"},
		{"DescribeVpcsOutput", "Vpcs"}:              {response: "vpcSet"},
		{"CreateTagsInput", "Resources"}:            {request: "ResourceId"},
	}
	for k, n := range want {
		if diff := cmp.Diff(n, names[k], cmp.AllowUnexported(name{})); diff != "" {
			t.Errorf("%s: %s", k, diff)
		}
	}
}
