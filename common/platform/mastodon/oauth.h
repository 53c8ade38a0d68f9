// OAuth 2.0 of Mastodon (docs.joinmastodon.org/spec/oauth): each server has apps of its own, which register by a call. Servers before 4.3
// ignore PKCE; there the client secret alone protects the code. Tokens do not end.
#pragma once

#include <memory>

#include "common/http/client.h"
#include "common/platform/facts.h"
#include "common/platform/oauth.h"

namespace carillon::mastodon {

// Both outlive it.
std::unique_ptr<platform::OAuth> MakeOAuth(http::HttpClient& client, const platform::Facts& facts);

}  // namespace carillon::mastodon
