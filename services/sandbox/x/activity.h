// What happened to accounts as the Account Activity API words it (docs.x.com/x-api/account-activity/introduction), for those who are
// subscribed. Called with the state's lock held.
#pragma once

#include "services/sandbox/x/state.h"
#include "services/sandbox/x/webhooks.h"

namespace carillon::sandbox::x {

// By the account or to it: its own, and those that name, answer, quote or repeat it.
void TellPost(State& state, const Post& post, Webhooks& webhooks);
void TellHappening(State& state, const Happening& happening, Webhooks& webhooks);

}  // namespace carillon::sandbox::x
