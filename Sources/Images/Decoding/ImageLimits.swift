/// What a file may ask for. Limits on pixels are held against a file's header, before memory is taken for them.
package struct ImageLimits: Equatable, Sendable {
  /// The most bytes of a file. 512 MiB unless given.
  package var fileBytes = 512 << 20
  /// The most pixels of an image, width times height, as the file has them: 2^26 unless given, some 67 million.
  /// A sample takes up to 4 bytes, three times that for a moment.
  package var pixels = 1 << 26
  /// The most channels. Several of them take from the pixels: there may be 4 times ``pixels`` samples.
  package var channels = 256

  package init() {}
}
