// How the gateway answers: headers that every answer has, pages for people, statuses for refusals. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/http/server.h"

namespace carillon::gateway {

// For every answer: nothing is kept, framed, guessed or told on. `is_https`: browsers stay with https.
std::vector<std::pair<std::string, std::string>> UsualHeaders(bool is_https);

// "a &lt; b": for text between tags.
std::string EscapeHtml(std::string_view text);
http::ServerResponse Page(int status, std::string_view title, std::string_view text);

// {"error": reason}: no more, for whoever it is.
http::ServerResponse ErrorAnswer(int status, std::string_view reason);
// By the reason of a refusal; 503 for what proves nothing, so that who asked tries again.
int HttpStatusOf(const Status& status);

}  // namespace carillon::gateway
