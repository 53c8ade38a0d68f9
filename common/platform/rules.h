// Whether an account takes a post, as far as it can be told without asking its platform: the same rules at the door of scheduler and
// listener, where a person hears at once, and before a send. Pure; thread-safe.
#pragma once

#include <string_view>

#include "carillon/publisher/v1/delivery.pb.h"
#include "carillon/publisher/v1/profile.pb.h"
#include "carillon/publisher/v1/publisher.pb.h"
#include "common/platform/connector.h"

namespace carillon::platform {

PlatformLimits LimitsOf(const publisher::v1::AccountLimits& limits);
publisher::v1::AccountLimits ToProto(const PlatformLimits& limits);

// The content without its files: media have a type, a size and an alt text, and no path.
PublishContent ContentOf(const publisher::v1::Content& content);

// "unlisted" and the like; UNSPECIFIED for what has no such name.
publisher::v1::Visibility VisibilityNamed(std::string_view name);

// The change without its files, as above; what a platform shows, as it is told on.
ProfileChange ProfileChangeOf(const publisher::v1::ProfileChange& change);
publisher::v1::Profile ToProto(const Profile& profile);

// INVALID_ARGUMENT with the platform's reason (TEXT_TOO_LONG, TOO_MANY_MEDIA, ALT_TOO_LONG, ...) and the numbers; the message names the
// account. An account without limits, or of a platform that this program does not know yet, is not checked: the publisher is.
Status CheckForAccount(const publisher::v1::Content& content, const publisher::v1::Account& account);

// Whether that can be done to posts, or to the profile, with this account: FAILED_PRECONDITION with NOT_OFFERED where the platform has no
// such thing, or Carillon does not do it there.
Status CheckAction(publisher::v1::ActionKind action, const publisher::v1::Account& account);

}  // namespace carillon::platform
