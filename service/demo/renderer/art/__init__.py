"""The Courier's pictures, drawn by code: flat illustrations from a hue and a motif, and its advertisers' creatives."""
