// Profiles: what every connector shares. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"

namespace carillon::platform {

// What holds everywhere: something is named, all of it is UTF-8, no field is named twice or without a name. INVALID_ARGUMENT with
// NOTHING_TO_CHANGE, INVALID_UTF8 or BAD_FIELD.
Status CheckChange(const ProfileChange& change);

// Kind and size of the pictures, by the facts profile.picture_types (words) and profile.picture_bytes_max. INVALID_ARGUMENT with
// MEDIA_TYPE_UNSUPPORTED or MEDIA_TOO_LARGE. `name`: the platform's.
Status CheckPictures(const ProfileChange& change, std::string_view name, const Facts& facts);

// INVALID_ARGUMENT with TEXT_TOO_LONG and the numbers, if it is more than `max`. `what`: "display name"; `unit`: "characters".
Status CheckLength(std::string_view what, int64_t length, int64_t max, std::string_view unit);

// The fields as they are to be: those named in `changes` have their new value, or are gone without one; new ones come last.
std::vector<ProfileField> WithChanges(std::vector<ProfileField> fields, const std::vector<ProfileField>& changes);

// The platform says that the profile is as it is wished.
PublishOutcome ProfileIsSo(PublishOutcome outcome, const SetProfileRequest& request);

}  // namespace carillon::platform
