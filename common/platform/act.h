// Doing something to a post that is out there: what is the same for every connector. Pure.
#pragma once

#include "common/platform/connector.h"

namespace carillon::platform {

// Whether it is so already where the post is gone: it is deleted, or not liked, reposted or hidden by anybody.
bool IsSoWithoutThePost(Action action);

// Takes something back: unlike, unrepost, unhide.
bool TakesBack(Action action);

// The platform says that it is so.
PublishOutcome Done(PublishOutcome outcome, const ActRequest& request);

// This platform has no such thing.
PublishOutcome NotOffered(std::string error);

}  // namespace carillon::platform
