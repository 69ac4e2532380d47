package side

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/shield/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// GetSubscriptionState says whether the account has Shield Advanced.
func (s *Side) GetSubscriptionState(_ context.Context, _ *shield.GetSubscriptionStateInput) (*shield.GetSubscriptionStateOutput, error) {
	return view(s, func(st *world.State) (*shield.GetSubscriptionStateOutput, error) {
		state := types.SubscriptionStateInactive
		if st.Shield.Subscribed {
			state = types.SubscriptionStateActive
		}
		return &shield.GetSubscriptionStateOutput{SubscriptionState: state}, nil
	})
}

// CreateSubscription subscribes the account; it costs nothing here.
func (s *Side) CreateSubscription(_ context.Context, _ *shield.CreateSubscriptionInput) (*shield.CreateSubscriptionOutput, error) {
	return change(s, func(st *world.State) (*shield.CreateSubscriptionOutput, error) {
		if st.Shield.Subscribed {
			return nil, &types.ResourceAlreadyExistsException{Message: aws.String("The subscription already exists."), ResourceType: aws.String("SUBSCRIPTION")}
		}
		st.Shield.Subscribed = true
		return &shield.CreateSubscriptionOutput{}, nil
	})
}

func shieldMissing(what, message string) error {
	return &types.ResourceNotFoundException{Message: aws.String(message), ResourceType: aws.String(what)}
}

// DescribeProtection shows a protection, by its id or by what it protects.
func (s *Side) DescribeProtection(_ context.Context, in *shield.DescribeProtectionInput) (*shield.DescribeProtectionOutput, error) {
	if (in.ProtectionId == nil) == (in.ResourceArn == nil) {
		return nil, &types.InvalidParameterException{Message: aws.String("Exactly one of ProtectionId and ResourceArn is needed.")}
	}
	return view(s, func(st *world.State) (*shield.DescribeProtectionOutput, error) {
		if !st.Shield.Subscribed {
			return nil, shieldMissing("SUBSCRIPTION", "The subscription does not exist.")
		}
		for _, p := range st.Shield.Protections {
			if in.ProtectionId != nil && p.ID == *in.ProtectionId || in.ResourceArn != nil && p.Resource == *in.ResourceArn {
				return &shield.DescribeProtectionOutput{Protection: &types.Protection{
					Id: aws.String(p.ID), Name: aws.String(p.Name), ResourceArn: aws.String(p.Resource), HealthCheckIds: []string{},
					ProtectionArn: aws.String(st.Identity.GlobalARN("shield", "protection/"+p.ID)),
				}}, nil
			}
		}
		return nil, shieldMissing("PROTECTION", "The referenced protection does not exist.")
	})
}

// CreateProtection protects a resource, if the account is subscribed.
func (s *Side) CreateProtection(_ context.Context, in *shield.CreateProtectionInput) (*shield.CreateProtectionOutput, error) {
	resource, name := aws.ToString(in.ResourceArn), aws.ToString(in.Name)
	tags := world.Tags{}
	for _, t := range in.Tags {
		if why := badTag(aws.ToString(t.Key), aws.ToString(t.Value)); why != "" {
			return nil, &types.InvalidParameterException{Message: aws.String(why)}
		}
		tags[*t.Key] = aws.ToString(t.Value)
	}
	switch {
	case name == "" || len(name) > 128:
		return nil, &types.InvalidParameterException{Message: aws.String("The name must have from 1 to 128 characters.")}
	case !strings.HasPrefix(resource, "arn:"):
		return nil, &types.InvalidParameterException{Message: aws.String("The resource is not an ARN.")}
	}
	known := s.balancers()
	return change(s, func(st *world.State) (*shield.CreateProtectionOutput, error) {
		if !st.Shield.Subscribed {
			return nil, shieldMissing("SUBSCRIPTION", "The subscription does not exist.")
		}
		if strings.Contains(resource, ":elasticloadbalancing:") && !exists(known, resource) {
			return nil, &types.InvalidResourceException{Message: aws.String("The resource " + resource + " does not exist.")}
		}
		for _, p := range st.Shield.Protections {
			if p.Resource == resource {
				return nil, &types.ResourceAlreadyExistsException{Message: aws.String("The referenced protection already exists."), ResourceType: aws.String("PROTECTION")}
			}
		}
		p := world.Protection{ID: st.UUID(), Name: name, Resource: resource, Tags: tags}
		st.Shield.Protections = append(st.Shield.Protections, p)
		return &shield.CreateProtectionOutput{ProtectionId: aws.String(p.ID)}, nil
	})
}

// DeleteProtection removes a protection.
func (s *Side) DeleteProtection(_ context.Context, in *shield.DeleteProtectionInput) (*shield.DeleteProtectionOutput, error) {
	return change(s, func(st *world.State) (*shield.DeleteProtectionOutput, error) {
		at := slices.IndexFunc(st.Shield.Protections, func(p world.Protection) bool { return p.ID == aws.ToString(in.ProtectionId) })
		if at < 0 {
			return nil, shieldMissing("PROTECTION", "The referenced protection does not exist.")
		}
		st.Shield.Protections = slices.Delete(st.Shield.Protections, at, at+1)
		return &shield.DeleteProtectionOutput{}, nil
	})
}
