import ImageData
import ImageTraining
import ModelRegistry

/// The warning that a model may have learned from what it is examined on.
enum TrainedOnOthers {
  static func warn(_ manifest: Manifest, _ set: ImageDataSet, all: Bool) {
    if all {
      StandardError.write(
        "warning: the model has learned from some of these images: it is better on them than on others\n"
      )
    } else if manifest.run.dataFingerprint != set.fingerprint {
      StandardError.write(
        "warning: version \(manifest.version) was trained on other images, labels or another split: if it has learned "
          + "from some of these, it is better on them than on others\n")
    }
  }
}
