package import Images

/// Images with their targets, split into those to train on and those held out.
package struct ImageDataSet: Sendable {
  /// The images, in order.
  package let items: ImageItems
  /// The targets of the images.
  package let targets: ImageTargets
  /// The split into training and held-out images.
  package let split: ItemSplit
  /// The group of each image; nil if no groups were requested.
  package let groups: [String]?
  /// The decoder of the images, with its limits.
  let decoder: ImageDecoder

  /// The number of images.
  package var count: Int { items.names.count }

  /// The path of each image relative to the folder, as used in reports and tables.
  package var names: [String] { items.names }

  /// Returns the paths of an image's files: one, or one per band.
  package func paths(of item: Int) -> [String] { items.paths(of: item) }

  /// Decodes the image of an item, with its bands combined. For `minimumSide` see
  /// ``ImageDecoder/decode(_:minimumSide:)``.
  package func decode(
    _ item: Int, minimumSide: Int? = nil
  ) throws(ImageError) -> DecodedImage {
    let paths = items.paths(of: item)
    return try paths.count == 1
      ? decoder.decode(paths[0], minimumSide: minimumSide) : decoder.decode(bands: paths)
  }
}
