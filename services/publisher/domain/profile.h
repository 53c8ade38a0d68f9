// What an account's profile is to say. A wish is about the parts that it names (the name, the bio, a picture, each field), and of each part
// the latest wish counts: the account's Subject says whose it is. So wishes about different parts do not replace each other, and of one
// that is overtaken in a part the rest is still carried out. Actions (actions.h) in all else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

inline bool IsProfile(const v1::Dispatch& dispatch) { return dispatch.action() == v1::ACTION_KIND_SET_PROFILE; }

// The command of the publisher's own API: what to change and on which account. Approved by who asks for it; its times are the log's.
// INVALID_ARGUMENT, BAD_DISPATCH, for anything else.
Status OnProfileWish(Turn& turn, const std::string& id, const std::string& asked_by, const v1::Dispatch& wanted);

// The parts that it names are its own from now on; the deliveries that it took some from, each once. RESOURCE_EXHAUSTED, and nothing
// is taken, where too many wait already.
Result<std::vector<std::string>> TakeParts(v1::Subject& subject, const v1::Delivery& delivery);
// What of it no later wish is about.
v1::ProfileChange OwnParts(const v1::Subject& subject, const v1::Delivery& delivery);
bool HasOwnParts(const v1::Subject& subject, const v1::Delivery& delivery);
// It has ended.
void DropParts(v1::Subject& subject, const v1::Delivery& delivery);

// How many parts it names, and how many of these are files.
int PartCount(const v1::ProfileChange& change);
int PictureCount(const v1::ProfileChange& change);

}  // namespace carillon::publisher
