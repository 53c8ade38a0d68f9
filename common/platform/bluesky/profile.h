// The profile of an account: the record app.bsky.actor.profile/self of its repository, and what the AppView makes of it.
//
// The record is read, changed in what is named, and put back with swapRecord, so that nothing that others keep in it is lost (a pinned post,
// labels, pronouns). A record that says so already is not put again. Pictures are blobs, uploaded first; the same bytes are the same blob.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"

namespace carillon::bluesky {

// As the AppView shows it, which is a moment behind the record.
Result<platform::Profile> ReadProfile(http::HttpClient& client, const Clock& clock, const Access& access, const std::string& did,
                                      absl::Duration timeout);

// INVALID_ARGUMENT: NOTHING_TO_CHANGE, INVALID_UTF8, TEXT_TOO_LONG, NOT_OFFERED (fields), MEDIA_TYPE_UNSUPPORTED, MEDIA_TOO_LARGE. Pure.
Status CheckProfile(const platform::ProfileChange& change, const platform::Facts& facts);

// Blocks for at most request.timeout: uploads, a read, and then at most one request with an effect.
platform::PublishOutcome SetProfile(http::HttpClient& client, const Clock& clock, const platform::SetProfileRequest& request,
                                    const std::string& did, const Access& access);

// What the answer to putRecord means. Pure. 2xx JSON is done; InvalidSwap (somebody else changed it meanwhile) asks to read again.
platform::PublishOutcome ClassifyProfile(const http::HttpOutcome& outcome, const platform::SetProfileRequest& request,
                                         const Access& access, absl::Time now);

}  // namespace carillon::bluesky
