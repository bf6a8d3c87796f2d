import ImageData
import ImageTraining
import Images
import TestEnvironment
import Testing

/// What trainings make of a data set.
struct DataSetImagesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A photo of 64 by 48 pixels with labels of the column or columns.
  private func set(_ labels: LabelSource) throws -> ImageDataSet {
    let photo = Image(
      width: 64, height: 48, channels: 3, samples: .uint8(Array(repeating: 90, count: 64 * 48 * 3)))
    try folder.write(photo.jpeg(quality: 80), to: "a.jpg")
    let table = try folder.write("image,label,x,y\na.jpg,dress,60,40\n", to: "labels.csv")
    return try ImageDataBlock(
      items: .table(ImageTableSource(file: table)), labels: labels, splitter: .none
    ).dataSet()
  }

  /// JPEGs are decoded smaller where that is enough, but for points, which are in the files' own pixels.
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
}
