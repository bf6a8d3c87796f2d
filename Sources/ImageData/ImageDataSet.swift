package import Images

/// Images with what is to be learned of them, split into those to train on and those held out.
package struct ImageDataSet: Sendable {
  /// The images, in their order.
  package let items: ImageItems
  /// What is to be learned of each.
  package let targets: ImageTargets
  /// Which are trained on.
  package let split: ItemSplit
  /// What each belongs to, where groups were asked for.
  package let groups: [String]?
  /// What reads them, within the limits that were asked for.
  let decoder: ImageDecoder

  /// How many images there are.
  package var count: Int { items.names.count }

  /// The path of each image relative to the folder: what reports and tables call it.
  package var names: [String] { items.names }

  /// The paths of the files of an image: one, or one a band.
  package func paths(of item: Int) -> [String] { items.paths(of: item) }

  /// The image of an item, its bands together; ``ImageDecoder/decode(_:minimumSide:)`` says what `minimumSide` does.
  package func decode(
    _ item: Int, minimumSide: Int? = nil
  ) throws(ImageError) -> DecodedImage {
    let paths = items.paths(of: item)
    return try paths.count == 1
      ? decoder.decode(paths[0], minimumSide: minimumSide) : decoder.decode(bands: paths)
  }
}
