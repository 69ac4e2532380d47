package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
)

func TestRenamingLeadsBackFromAnAdoption(t *testing.T) {
	have := observedShop()
	have.SecurityGroups[0].Ingress = append(have.SecurityGroups[0].Ingress, model.SecurityGroupRule{Protocol: "-1", SecurityGroup: "sg-1"})
	have.LoadBalancers[0].Listeners[0].DefaultActions = []model.Action{forwardTo("arn:tg")}
	stray := have.TargetGroups[0]
	stray.ID, stray.Tags = "arn:stray", tagged("gone:80")
	have.TargetGroups = append(have.TargetGroups, stray)
	was := model.Print(have, model.WithSecrets())
	a := Adopt(desiredShop(), have)
	if d := cmp.Diff(string(was), string(model.Print(have, model.WithSecrets()))); d != "" {
		t.Errorf("adopting changes what was observed:\n%s", d)
	}
	lb := &a.Model.LoadBalancers[0]
	if d := cmp.Diff([]string{"sg-9", "shop/web"}, lb.SecurityGroups); d != "" {
		t.Error(d)
	}
	if g := lb.Listeners[0].DefaultActions[0].Forward.TargetGroups[0].TargetGroup; g != "alb/shop/web/web:80" {
		t.Errorf("the default forwards to %s", g)
	}
	if g := a.Model.SecurityGroups[0].Ingress[1].SecurityGroup; g != "shop/web" {
		t.Errorf("the group lets %s in", g)
	}
	if d := cmp.Diff(have, Rename(a.Model, a.IDs)); d != "" {
		t.Errorf("the way back leads elsewhere:\n%s", d)
	}
}
