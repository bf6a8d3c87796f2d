import ImageData
import ImageTraining
import ModelRegistry

/// The warning that a model may have learned from the images that it is evaluated on.
enum TrainedOnOthers {
  static func warn(_ chosen: ChosenImageModel, _ set: ImageDataSet, all: Bool) {
    if all {
      StandardError.write(
        "warning: the model has learned from some of these images: it is better on them than on others\n"
      )
      return
    }
    guard let manifest = chosen.manifest else {
      StandardError.write(
        "warning: nothing says what \(chosen.words) was trained on: if it has learned from some of these images, it is "
          + "better on them than on others\n")
      return
    }
    if manifest.run.dataFingerprint != set.fingerprint {
      StandardError.write(
        "warning: version \(manifest.version) was trained on other images, labels or another split: if it has learned "
          + "from some of these, it is better on them than on others\n")
    }
  }
}
