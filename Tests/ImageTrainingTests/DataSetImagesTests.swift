import Errors
import ImageData
import ImageModels
import ImageTraining
import Images
import Learning
import TestEnvironment
import Testing

/// Tests how a data set is prepared for training.
struct DataSetImagesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Returns a data set with one photo of 64 by 48 pixels and the given columns' labels.
  private func set(_ labels: LabelSource) throws -> ImageDataSet {
    let photo = Image(
      width: 64, height: 48, channels: 3, samples: .uint8(Array(repeating: 90, count: 64 * 48 * 3)))
    try folder.write(photo.jpeg(quality: 80), to: "a.jpg")
    let table = try folder.write("image,label,x,y\na.jpg,dress,60,40\n", to: "labels.csv")
    return try ImageDataBlock(
      items: .table(ImageTableSource(file: table)), labels: labels, splitter: .none
    ).dataSet()
  }

  /// JPEGs are decoded at reduced size where sufficient, except for points, whose coordinates are in the file's pixels.
  @Test func imagesOfPointsAreDecodedWhole() throws {
    let classes = try DecodedEachTime(
      set(.column("label")), minimumSide: 12, channels: nil
    ).image(0)
    #expect(classes.width < 64 && classes.height >= 12)
    let points = try DecodedEachTime(
      set(.points(columns: ["x", "y"])), minimumSide: 12, channels: nil
    ).image(0)
    #expect(points.width == 64 && points.height == 48)
  }

  /// The task follows from the targets, unless single classes are learned as labels.
  @Test func tasksAreThoseOfTheTargets() throws {
    let classes = try set(.column("label")).targets
    #expect(try ImageTask(nil, for: classes).kind == .classify)
    #expect(
      try ImageTask(.multilabel, for: classes)
        == .multilabel(labels: ["dress"], thresholds: [0.5]))
    let points = try set(.points(columns: ["x", "y"])).targets
    #expect(try ImageTask(nil, for: points).kind == .points)
    for (kind, targets) in [(ImageTask.Kind.points, classes), (.classify, points)] {
      let error = #expect(throws: TrainingError.self) { try ImageTask(kind, for: targets) }
      #expect(
        error?.code == .badOption && error?.problem.contains("not for \(kind.rawValue)") == true)
    }
    #expect(throws: TrainingError.self) { try ImageTask(nil, for: .none) }
  }
}
