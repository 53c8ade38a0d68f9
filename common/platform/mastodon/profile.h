// The profile of an account (docs.joinmastodon.org/methods/accounts): GET verify_credentials, PATCH update_credentials.
//
// The request names what is to be, so a repeat changes nothing. But it sets the list of fields as a whole (app/models/account.rb,
// fields_attributes=), so the list is read first and goes back with the wished ones changed: what somebody else changes of it in the same
// moment is lost, for Mastodon has no way to say what the list was.
#pragma once

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"
#include "common/platform/mastodon/api.h"

namespace carillon::mastodon {

Result<platform::Profile> ReadProfile(http::HttpClient& client, const Clock& clock, const platform::AccountAccess& access,
                                      absl::Duration timeout);

// INVALID_ARGUMENT: NOTHING_TO_CHANGE, INVALID_UTF8, BAD_FIELD, TEXT_TOO_LONG, TOO_MANY_FIELDS, MEDIA_TYPE_UNSUPPORTED, MEDIA_TOO_LARGE.
// The name is counted by code points, the bio as a status is (app/validators/note_length_validator.rb). Pure.
Status CheckProfile(const platform::ProfileChange& change, const platform::Facts& facts);

// Blocks for at most request.timeout: a read where fields are named, and at most one request with an effect.
platform::PublishOutcome SetProfile(http::HttpClient& client, const Clock& clock, const platform::SetProfileRequest& request,
                                    const platform::Facts& facts);

// What the answer means. Pure. As ClassifyPublish, but: done only where the answer is this account; no refusal means that it was done before.
platform::PublishOutcome ClassifyProfile(const http::HttpOutcome& outcome, const platform::SetProfileRequest& request, absl::Time now);

}  // namespace carillon::mastodon
