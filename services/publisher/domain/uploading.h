// Media on their way to the platform, outside of any attempt: one MediaUpload for each delivery with media, and one run of one item at a
// time. A run that falls silent for `upload_lease` is given up, and the next one goes on from what was logged last.
#pragma once

#include <functional>

#include "carillon/publisher/v1/internal.pb.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

using MediaList = google::protobuf::RepeatedPtrField<v1::Media>;

// "upl_<hash(delivery)>~<account>".
std::string UploadId(std::string_view delivery_id);
bool HasItems(const v1::MediaUpload& upload, const MediaList& media);

// An upload of exactly these media, which is under way, waits or is ready afterwards. What it has of them already is kept, and one that
// failed or ended gets another chance. `describe` sets for what and until when.
Status WantUpload(Turn& turn, v1::Account& account, const std::string& delivery_id, const MediaList& media,
                  const std::function<void(v1::MediaUpload&)>& describe);
// The next item that is not there yet goes its way; with none left it is READY. Wakes nobody.
void RunUpload(Turn& turn, v1::Account* account, v1::MediaUpload& upload);
// Nobody needs it. Its handles are kept, for a person may say "try again".
void EndUpload(Turn& turn, v1::MediaUpload& upload);

// What runs tell. Of one that was given up nothing is kept, and its progress is FAILED_PRECONDITION with UPLOAD_ENDED, so that it stops.
Status OnUploadProgress(Turn& turn, const v1::UploadProgress& progress);
Status OnMediaUploaded(Turn& turn, const v1::MediaUploaded& uploaded);
Status OnUploadStopped(Turn& turn, const v1::UploadStopped& stopped);
Status OnUploadDue(Turn& turn, const std::string& id);

}  // namespace carillon::publisher
