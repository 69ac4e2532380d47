package world

import "testing"

func TestSecretsOfUserPoolsAreFoundByPoolAndClient(t *testing.T) {
	f, err := Parse([]byte("region: eu-west-1\nuserPools:\n- {id: eu-west-1_x, clients: [{id: shop, secret: s}, {id: open}]}\n" +
		"- {arn: 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_y', clients: [{id: shop, secret: other}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := New(f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const first, second = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_y"
	for _, c := range []struct{ pool, client, want string }{
		{first, "shop", "s"}, {first, "open", ""}, {first, "unknown", ""}, {second, "shop", "other"}, {"arn", "shop", ""},
	} {
		if got := w.UserPoolSecret(c.pool, c.client); got != c.want {
			t.Errorf("%s of %s: %q", c.client, c.pool, got)
		}
	}
	saved, err := w.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	again, err := New(&File{Region: "eu-west-1", Account: "123456789012", Partition: "aws"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Restore(saved); err != nil {
		t.Fatal(err)
	}
	if p, ok := again.UserPool(first); !ok || again.UserPoolSecret(first, "shop") != "s" || p.StandsElsewhere() {
		t.Errorf("the pool is %+v after a restart", p)
	}
}
